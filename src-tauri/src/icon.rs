//! Draws the tray icon: the Plimsoll mark, and beside it the last day when the user wants that.
//!
//! One ink on nothing, so that it works as a template image; where nobody tells the colour of the bar, a thin rim of the
//! other ink keeps it readable. Form alone tells the states apart: water below the line,
//! at it, over it with the line left out, a dashed hull for what is not known, and dots while something goes on.
//! Not here: what the icon is to say (`plimsoll_core::panel::icon`).

use plimsoll_core::panel::Mark;
use plimsoll_core::panel::icon::{IconLook, LINE};
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Mask, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform,
};

/// Height in points, which is what menu bars and panels give an icon.
pub(crate) const HEIGHT: f32 = 22.0;
/// Rows that macOS's bar has no room for, and what is left of the height, in points.
#[cfg(any(target_os = "macos", test))]
const CUT_ABOVE: usize = 3;
#[cfg(any(target_os = "macos", test))]
const CUT_HEIGHT: usize = 18;
/// Width of the gauge alone, in points.
const GAUGE_WIDTH: f32 = 22.0;
/// Width with the sparkline beside it, in points.
const WIDE_WIDTH: f32 = 54.0;
/// Centre of the hull and its outer radius.
const CENTRE: (f32, f32) = (11.0, 12.0);
const RADIUS: f32 = 8.0;
/// Thickness of the hull and of the line.
const HULL: f32 = 1.75;
const LINE_THICK: f32 = 2.0;
/// How far the line stands out on either side.
const OVERHANG: f32 = 2.5;
/// Thickness of the rim, and how opaque it is: seen where the ink is not, and hardly where it is.
const RIM: f32 = 0.75;
const RIM_ALPHA: f32 = 0.6;

/// What the icon is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// For template images.
    Black,
    /// On light bars, with a light rim.
    Dark,
    /// On dark bars, with a dark rim.
    Light,
}

impl Ink {
    fn colour(self) -> Color {
        if self == Self::Light { Color::WHITE } else { Color::BLACK }
    }

    fn rim(self) -> Option<Color> {
        match self {
            Self::Black => None,
            Self::Dark => Color::from_rgba(1.0, 1.0, 1.0, RIM_ALPHA),
            Self::Light => Color::from_rgba(0.0, 0.0, 0.0, RIM_ALPHA),
        }
    }
}

/// A picture: straight RGBA, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rgba: Vec<u8>,
}

/// Draws a look at `scale` pixels to the point; none only when the size is absurd.
pub(crate) fn draw(look: &IconLook, scale: u8, ink: Ink) -> Option<Picture> {
    let pixmap = paint(look, scale, ink)?;
    let (width, height) = (pixmap.width(), pixmap.height());
    let rgba = pixmap.pixels().iter().flat_map(|pixel| {
        let colour = pixel.demultiply();
        [colour.red(), colour.green(), colour.blue(), colour.alpha()]
    });
    Some(Picture { width, height, rgba: rgba.collect() })
}

/// As tall as macOS makes every icon of its bar, in points: the mark is drawn within it, so that nothing has to be scaled.
#[cfg(any(target_os = "macos", test))]
pub(crate) fn cut(picture: &Picture, scale: u8) -> Picture {
    let (above, height) = (CUT_ABOVE * usize::from(scale), CUT_HEIGHT * usize::from(scale));
    let row = picture.width as usize * 4;
    let rgba: Vec<u8> = picture.rgba.iter().skip(above * row).take(height * row).copied().collect();
    Picture { width: picture.width, height: u32::try_from(height).unwrap_or(0), rgba }
}

/// The same as a PNG file.
pub(crate) fn png(look: &IconLook, scale: u8, ink: Ink) -> Option<Vec<u8>> {
    paint(look, scale, ink)?.encode_png().ok()
}

fn paint(look: &IconLook, scale: u8, ink: Ink) -> Option<Pixmap> {
    let wide = !look.spark.is_empty();
    let points = if wide { WIDE_WIDTH } else { GAUGE_WIDTH };
    let scale = f32::from(scale);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some dozens of pixels")]
    let size = |points: f32| (points * scale).ceil() as u32;
    let pixmap = Pixmap::new(size(points), size(HEIGHT))?;
    let mut canvas = Canvas { pixmap, scale, paint: Paint::default(), rim: 0.0 };
    if let Some(colour) = ink.rim() {
        canvas.pass(look, colour, RIM)?;
    }
    canvas.pass(look, ink.colour(), 0.0)?;
    Some(canvas.pixmap)
}

struct Canvas {
    pixmap: Pixmap,
    scale: f32,
    paint: Paint<'static>,
    /// How much thicker everything is drawn.
    rim: f32,
}

impl Canvas {
    fn pass(&mut self, look: &IconLook, colour: Color, rim: f32) -> Option<()> {
        self.paint.set_color(colour);
        self.rim = rim;
        self.gauge(look)?;
        if !look.spark.is_empty() {
            self.spark(&look.spark);
        }
        Some(())
    }

    fn transform(&self) -> Transform {
        Transform::from_scale(self.scale, self.scale)
    }

    /// The nearest edge between two rows of pixels, so that horizontal edges are crisp.
    fn snap(&self, y: f32) -> f32 {
        (y * self.scale).round() / self.scale
    }

    fn fill(&mut self, path: &Path, mask: Option<&Mask>) {
        self.pixmap.fill_path(path, &self.paint, FillRule::Winding, self.transform(), mask);
    }

    fn gauge(&mut self, look: &IconLook) -> Option<()> {
        let (x, y) = CENTRE;
        let inner = RADIUS - HULL;
        let (keel, depth) = (y + inner, inner * 2.0);
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let line = self.snap(keel - depth * LINE as f32 - LINE_THICK / 2.0);
        let inside = PathBuilder::from_circle(x, y, inner + 0.1)?;
        if look.busy {
            self.dots(keel, line)?;
        } else if look.water > 0 {
            let share = f32::from(look.water) / f32::from(IconLook::STEPS);
            let top = match look.mark {
                // Up to the line without a gap, which is what "at the line" means.
                Mark::Watch => line,
                // At least a row of pixels, else the least water would not show.
                _ => self.snap(keel - depth * share).min(keel - 1.0),
            };
            let mut hull = Mask::new(self.pixmap.width(), self.pixmap.height())?;
            hull.fill_path(&inside, FillRule::Winding, true, self.transform());
            let water = Rect::from_ltrb(x - RADIUS, top, x + RADIUS, y + RADIUS)?;
            self.fill(&PathBuilder::from_rect(water), Some(&hull));
        }
        self.hull(look.mark)?;
        self.line(line, look.mark == Mark::Act && !look.busy)
    }

    fn hull(&mut self, mark: Mark) -> Option<()> {
        let circle = PathBuilder::from_circle(CENTRE.0, CENTRE.1, RADIUS - HULL / 2.0)?;
        let round = (RADIUS - HULL / 2.0) * std::f32::consts::TAU;
        // Twelve dashes, a little longer than the gaps between them.
        let dash = StrokeDash::new(vec![round / 12.0 * 0.56, round / 12.0 * 0.44], round / 48.0);
        let dash = if mark == Mark::Unknown { dash } else { None };
        let stroke = Stroke { width: HULL + 2.0 * self.rim, dash, ..Stroke::default() };
        self.pixmap.stroke_path(&circle, &self.paint, &stroke, self.transform(), None);
        Some(())
    }

    /// The line; inside water it is what is left out.
    fn line(&mut self, top: f32, drowned: bool) -> Option<()> {
        let (left, right) = (CENTRE.0 - RADIUS - OVERHANG, CENTRE.0 + RADIUS + OVERHANG);
        let rim = self.rim;
        let bar = |left: f32, right: f32| {
            let bar = Rect::from_ltrb(left - rim, top - rim, right + rim, top + LINE_THICK + rim)?;
            Some(PathBuilder::from_rect(bar))
        };
        if drowned {
            let clear = Paint { blend_mode: tiny_skia::BlendMode::Clear, ..Paint::default() };
            let inner = RADIUS - HULL;
            let gap = bar(CENTRE.0 - inner + 0.5, CENTRE.0 + inner - 0.5)?;
            self.pixmap.fill_path(&gap, &clear, FillRule::Winding, self.transform(), None);
            self.fill(&bar(left, CENTRE.0 - inner)?, None);
            self.fill(&bar(CENTRE.0 + inner, right)?, None);
        } else {
            self.fill(&bar(left, right)?, None);
        }
        Some(())
    }

    fn dots(&mut self, keel: f32, line: f32) -> Option<()> {
        let y = (line + LINE_THICK + keel) / 2.0 - 0.25;
        for x in [-3.4, 0.0, 3.4] {
            let dot = PathBuilder::from_circle(CENTRE.0 + x, y, 1.15 + self.rim)?;
            self.fill(&dot, None);
        }
        Some(())
    }

    fn spark(&mut self, heights: &[u8]) {
        let (left, right, top, bottom) = (26.0, WIDE_WIDTH - 2.0, 5.0, 19.0);
        #[expect(clippy::cast_precision_loss, reason = "48 at most")]
        let step = (right - left) / (heights.len().max(2) - 1) as f32;
        let mut path = PathBuilder::new();
        let mut x = left;
        for height in heights {
            let y = bottom - (bottom - top) * f32::from(*height) / f32::from(IconLook::SPARK);
            if path.is_empty() {
                path.move_to(x, y);
            } else {
                path.line_to(x, y);
            }
            x += step;
        }
        let stroke = Stroke {
            width: 1.5 + 2.0 * self.rim,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        // A single point is no line.
        if let Some(path) = path.finish() {
            self.pixmap.stroke_path(&path, &self.paint, &stroke, self.transform(), None);
        }
    }
}

#[cfg(test)]
mod tests;
