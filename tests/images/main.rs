//! Pictures beside Python's: `transformers`' default image processor, Pillow, and files that are broken.

use std::fs;
use std::process::Command;

use atencion::images::{ImageProcessor, decode};
use support::{assert_bits, python_with_torch, seed};
use tch::{Kind, Tensor};

/// Writes pictures, configurations and what Python makes of them into a folder.
const SCRIPT: &str = r#"
import json, pathlib, random, sys
import numpy, torch
from PIL import Image
from safetensors.torch import save_file
from transformers import ViTImageProcessor
out, rnd = pathlib.Path(sys.argv[1]), random.Random(int(sys.argv[2]))
numpy.random.seed(int(sys.argv[2]))
CONFIGS = [
    {}, {"size": 24}, {"size": {"height": 17, "width": 31}, "resample": 3}, {"do_resize": False},
    {"size": {"shortest_edge": 20}, "do_center_crop": True, "crop_size": {"height": 18, "width": 18}},
    {"do_resize": False, "do_center_crop": True, "crop_size": {"height": 50, "width": 41}},
    {"size": {"height": 9, "width": 9}, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]},
    {"do_normalize": False}, {"do_rescale": False, "do_normalize": False}, {"do_rescale": False},
    {"rescale_factor": 0.01, "size": {"height": 64, "width": 64}},
]
tensors = {}
for index in range(44):
    config = CONFIGS[index % len(CONFIGS)]
    h, w = rnd.randint(1, 70), rnd.randint(1, 70)
    mode = rnd.choice(["RGB", "RGB", "RGBA", "L"])
    pixels = numpy.random.randint(0, 256, (h, w) if mode == "L" else (h, w, len(mode)), dtype=numpy.uint8)
    picture = Image.fromarray(pixels)
    picture.save(out / f"{index}.png")
    picture.convert("RGBA" if mode == "RGBA" else "RGB").save(out / f"{index}.webp", lossless=True, exact=True)
    folder = out / str(index)
    folder.mkdir()
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_processor_type": "ViTImageProcessor", **config}))
    processor = ViTImageProcessor.from_pretrained(folder)
    got = processor(picture, do_convert_rgb=True, return_tensors="pt")["pixel_values"]
    tensors[f"{index}/out"] = got.contiguous().float()
    if "size" in config and isinstance(config["size"], dict) and "height" in config["size"] and mode == "RGB" and config.get("resample", 2) == 2:
        size = (config["size"]["width"], config["size"]["height"])
        pil = picture.resize(size, Image.Resampling.BILINEAR)
        tensors[f"{index}/pil"] = torch.from_numpy(numpy.array(pil)).permute(2, 0, 1).contiguous()
# Smooth, as photographs are: decoders differ in how they draw halved colour planes large again, and noise is all edges.
y, x = numpy.mgrid[0:40, 0:60]
photo = numpy.stack([128 + 90 * numpy.sin(x / 17 + y / 29), 4 * x, 255 - 3 * y], axis=-1).astype(numpy.uint8)
Image.fromarray(photo).save(out / "photo.jpg", quality=90)
tensors["jpeg"] = torch.from_numpy(numpy.array(Image.open(out / "photo.jpg"))).permute(2, 0, 1).contiguous()
save_file(tensors, out / "expected.safetensors")
"#;

#[test]
fn pictures_become_what_python_makes_of_them() {
    let Some(python) = python_with_torch() else { return };
    let folder = tempfile::tempdir().unwrap();
    let seed = seed(5);
    let run = Command::new(python)
        .args(["-W", "ignore", "-c", SCRIPT])
        .arg(folder.path())
        .arg(seed.to_string())
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let expected = Tensor::read_safetensors(folder.path().join("expected.safetensors")).unwrap();
    let of =
        |name: &str| expected.iter().find(|(known, _)| known == name).map(|(_, tensor)| tensor);
    let (mut exact, mut near_pillow) = (0, 0);
    for index in 0..44 {
        let processor =
            ImageProcessor::from_pretrained(folder.path().join(index.to_string())).unwrap();
        for ending in ["png", "webp"] {
            let file = folder.path().join(format!("{index}.{ending}"));
            assert_bits(
                &format!("{index}.{ending}"),
                &processor.open(file).unwrap(),
                of(&format!("{index}/out")).unwrap(),
            );
            exact += 1;
        }
        if let Some(pillow) = of(&format!("{index}/pil")) {
            let bytes = resized_bytes(&folder.path().join(format!("{index}.png")), pillow);
            let difference = (bytes - pillow.to_kind(Kind::Float)).abs().max().double_value(&[]);
            assert!(difference <= 1.0, "picture {index}: {difference} of 255 from Pillow's");
            near_pillow += 1;
        }
    }
    let jpeg = decode(&fs::read(folder.path().join("photo.jpg")).unwrap()).unwrap();
    let difference = (jpeg.to_kind(Kind::Int) - of("jpeg").unwrap().to_kind(Kind::Int)).abs();
    let most = difference.max().int64_value(&[]);
    assert!(most <= 4, "a JPEG is {most} of 255 from libjpeg's");
    println!(
        "{exact} pictures with the bits of transformers, {near_pillow} within 1/255 of Pillow (seed {seed})"
    );
    println!("a JPEG: at most {most} of 255 from libjpeg");
}

/// A picture resized, as bytes in float32 `[3, H, W]`.
fn resized_bytes(file: &std::path::Path, like: &Tensor) -> Tensor {
    let folder = tempfile::tempdir().unwrap();
    let config =
        fs::read_to_string(file.with_extension("").join("preprocessor_config.json")).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&config).unwrap();
    config["do_rescale"] = false.into();
    config["do_normalize"] = false.into();
    fs::write(folder.path().join("preprocessor_config.json"), config.to_string()).unwrap();
    let processor = ImageProcessor::from_pretrained(folder.path()).unwrap();
    let bytes = processor.open(file).unwrap().squeeze_dim(0);
    assert_eq!(bytes.size(), like.size());
    bytes
}

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
