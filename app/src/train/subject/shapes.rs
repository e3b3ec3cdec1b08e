//! Pictures that need no download: a circle, a square, a triangle or a cross, drawn in lines, somewhere, of some size.

use tch::{Device, Kind, Tensor};

use atencion::Result;

/// What a picture may show.
pub(super) const SHAPES: [&str; 4] = ["circle", "square", "triangle", "cross"];

/// `(pictures, labels)`, uint8 `[N, 1, size, size]` and int64 `[N]`, from the process's generator.
pub(super) fn draw(count: i64, size: i64) -> Result<(Tensor, Tensor)> {
    let options = (Kind::Float, Device::Cpu);
    let labels = Tensor::f_randint(SHAPES.len() as i64, [count], (Kind::Int64, Device::Cpu))?;
    // Where, how large, how thick, how bright; in shares of the picture.
    let drawn = Tensor::f_rand([5, count, 1, 1], options)?;
    let between = |row: i64, low: f64, high: f64| -> Result<Tensor> {
        Ok(drawn.f_select(0, row)?.f_mul_scalar(high - low)?.f_add_scalar(low)?)
    };
    let (x, y) = (between(0, 0.35, 0.65)?, between(1, 0.35, 0.65)?);
    let (radius, pen) = (between(2, 0.15, 0.3)?, between(3, 0.04, 0.1)?);
    let bright = between(4, 0.5, 1.0)?;

    let axis = Tensor::f_arange(size, options)?.f_add_scalar(0.5)?.f_div_scalar(size)?;
    let dx = axis.f_view([1, 1, size])?.f_sub(&x)?; // [N, 1, size]
    let dy = axis.f_view([1, size, 1])?.f_sub(&y)?; // [N, size, 1]
    let outlines = [
        circle(&dx, &dy, &radius)?,
        square(&dx, &dy, &radius)?,
        triangle(&dx, &dy, &radius)?,
        cross(&dx, &dy, &radius)?,
    ];
    let outlines = Tensor::f_stack(&outlines, 1)?; // [N, 4, size, size]
    let own = labels.f_view([-1, 1, 1, 1])?.f_expand([-1, 1, size, size], false)?;
    let outline = outlines.f_gather(1, &own, false)?.f_squeeze_dim(1)?;
    // Black on the line, and gray for less than a pixel beside it.
    let ink = (pen.f_div_scalar(2)?.f_sub(&outline)?).f_mul_scalar(size)?.f_clamp(0, 1)?;
    let noise = Tensor::f_rand([count, size, size], options)?.f_mul_scalar(0.2)?;
    let pixels = ink.f_mul(&bright)?.f_add(&noise)?.f_clamp(0, 1)?.f_mul_scalar(255)?;
    Ok((pixels.f_round()?.f_to_kind(Kind::Uint8)?.f_unsqueeze(1)?, labels))
}

/// How far a pixel is from a circle.
fn circle(dx: &Tensor, dy: &Tensor, radius: &Tensor) -> Result<Tensor> {
    let distance = dx.f_square()?.f_add(&dy.f_square()?)?.f_sqrt()?;
    Ok(distance.f_sub(radius)?.f_abs()?)
}

/// From a square.
fn square(dx: &Tensor, dy: &Tensor, radius: &Tensor) -> Result<Tensor> {
    Ok(dx.f_abs()?.f_maximum(&dy.f_abs()?)?.f_sub(radius)?.f_abs()?)
}

/// From a triangle that stands on a side.
fn triangle(dx: &Tensor, dy: &Tensor, radius: &Tensor) -> Result<Tensor> {
    let slope = dx.f_abs()?.f_mul_scalar(0.75_f64.sqrt())?.f_sub(&dy.f_mul_scalar(0.5)?)?;
    let half = radius.f_mul_scalar(0.6)?;
    Ok(slope.f_maximum(dy)?.f_sub(&half)?.f_abs()?)
}

/// From an upright cross.
fn cross(dx: &Tensor, dy: &Tensor, radius: &Tensor) -> Result<Tensor> {
    let (across, down) = (dx.f_abs()?, dy.f_abs()?);
    let beyond = across.f_maximum(&down)?.f_sub(radius)?;
    Ok(across.f_minimum(&down)?.f_maximum(&beyond)?)
}
