//! Writes every form of the icon as PNG files, for the README and to look at; says how long one takes.
//!
//! Not here: drawing (`icon`).

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use plimsoll_core::panel::Mark;
use plimsoll_core::panel::icon::IconLook;

use crate::icon::{Ink, draw, png};

/// Enough that the clock's grain does not show.
const ROUNDS: u32 = 1_000;

fn looks() -> [(&'static str, IconLook); 6] {
    let look = |mark, water| IconLook { mark, water, busy: false, spark: Vec::new() };
    let spark = [1, 1, 1, 2, 2, 2, 2, 3, 5, 6, 6, 6, 6, 6, 7, 9, 9, 9, 9, 10, 11, 12].to_vec();
    [
        ("calm", look(Mark::Calm, 9)),
        ("watch", look(Mark::Watch, 17)),
        ("act", look(Mark::Act, 21)),
        ("unknown", look(Mark::Unknown, 0)),
        ("busy", IconLook { busy: true, ..look(Mark::Calm, 9) }),
        ("wide", IconLook { spark, ..look(Mark::Calm, 9) }),
    ]
}

/// Draws them all into a folder.
pub(crate) fn draw_all(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (name, look) in looks() {
        for (ink, colour) in [(Ink::Black, "template"), (Ink::Dark, "dark"), (Ink::Light, "light")] {
            for scale in [1, 2, 8] {
                let bytes = png(&look, scale, ink).unwrap_or_default();
                std::fs::write(folder.join(format!("{name}-{colour}@{scale}x.png")), bytes)?;
            }
        }
        let start = Instant::now();
        for _ in 0..ROUNDS {
            std::hint::black_box(draw(&look, 2, Ink::Dark));
        }
        println!("{name} {:.3} ms at 2x", start.elapsed().as_secs_f64() * 1_000.0 / f64::from(ROUNDS));
    }
    Ok(())
}

/// As [`draw_all`], as a command.
pub(crate) fn write(folder: &Path) -> ExitCode {
    match draw_all(folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("plimsoll-app: failed to write to {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}
