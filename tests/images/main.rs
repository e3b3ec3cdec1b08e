//! Pictures and configurations that are broken.

use std::fs;

use atencion::images::{ImageProcessor, decode};

/// A PNG's header that promises a picture of this size.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut crc = flate2::Crc::new();
    crc.update(&header);
    let mut file = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0d".to_vec();
    file.extend(&header);
    file.extend(crc.sum().to_be_bytes());
    // An IDAT chunk, so that the decoder has all it needs to begin.
    file.extend(b"\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e");
    file
}

/// A JPEG of 8×8 gray pixels, whole.
const JPEG: &str = "ffd8ffe000104a46494600010100000100010000ffdb004300ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc0000b080008000801011100ffc40014000100000000000000000000000000000003ffc40014100100000000000000000000000000000000ffda0008010100003f0037ffd9";

#[test]
fn broken_pictures_are_one_line_each() {
    let jpeg: Vec<u8> = (0..JPEG.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&JPEG[at..at + 2], 16).unwrap())
        .collect();
    assert_eq!(decode(&jpeg).unwrap().size(), [3, 8, 8]);
    let cases: [(&[u8], &str); 6] = [
        (b"", "not a PNG, JPEG or WebP picture"),
        (b"GIF89a\x01\x00\x01\x00", "not a PNG, JPEG or WebP picture"),
        (&jpeg[..jpeg.len() - 3], "the picture is truncated"),
        (&jpeg[..40], "the picture is broken"),
        (&png_of(30_000, 30_000), "the picture has 30000×30000 pixels; at most 89478485 are read"),
        (&png_of(8, 8), "the picture is broken"),
    ];
    for (bytes, expected) in cases {
        let error = decode(bytes).unwrap_err();
        assert!(error.what().starts_with(expected), "{error} is not {expected}");
        assert_eq!(error.what().lines().count(), 1);
    }
}

#[test]
fn configurations_that_cannot_be_are_named() {
    let cases = [
        (r#"{"do_magic": true}"#, "do_magic is not supported"),
        (r#"{"size": {"height": 0, "width": 3}}"#, "size is 0; a side is from 1 to 8192"),
        (r#"{"size": {"width": 3}}"#, "and must have height and width, or shortest_edge"),
        (r#"{"resample": 1}"#, "resample is 1, which is not supported"),
        (r#"{"image_std": [1, 0, 1]}"#, "image_std holds a zero"),
        (r#"{"image_mean": [1, 0]}"#, "image_mean is [1,0]"),
        (r#"{"do_resize": 3}"#, "do_resize is 3, and must be true or false"),
        (r#"{"do_center_crop": true}"#, "there is no crop_size"),
        (r#"{"rescale_factor": 0}"#, "rescale_factor is 0"),
        ("[]", "it holds no JSON object"),
        ("{", "not JSON"),
    ];
    for (config, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("preprocessor_config.json"), config).unwrap();
        let error = ImageProcessor::from_pretrained(folder.path()).unwrap_err();
        assert!(error.what().contains(expected), "{error} is not {expected}");
    }
}
