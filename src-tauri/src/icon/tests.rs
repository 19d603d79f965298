//! What the icon shows at a glance, read from its pixels.

use super::*;

fn look(mark: Mark, water: u8) -> IconLook {
    IconLook { mark, water, busy: false, spark: Vec::new() }
}

fn looks() -> Vec<(&'static str, IconLook)> {
    let busy = IconLook { busy: true, ..look(Mark::Calm, 10) };
    let spark = (0..48).map(|i| i / 4).collect();
    vec![
        ("calm", look(Mark::Calm, 10)),
        ("watch", look(Mark::Watch, 17)),
        ("act", look(Mark::Act, 23)),
        ("unknown", look(Mark::Unknown, 0)),
        ("busy", busy),
        ("wide", IconLook { spark, ..look(Mark::Calm, 10) }),
    ]
}

/// Opaqueness at a place in points, at twice the pixels.
fn at(picture: &Picture, x: f32, y: f32) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the picture")]
    let (column, row) = ((x * 2.0) as usize, (y * 2.0) as usize);
    picture.rgba[(row * picture.width as usize + column) * 4 + 3]
}

#[test]
fn every_state_has_a_form_of_its_own() {
    for scale in [1, 2] {
        let drawn: Vec<Picture> =
            looks().iter().map(|(_, look)| draw(look, scale, Ink::Black).expect("drawn")).collect();
        for (index, picture) in drawn.iter().enumerate() {
            for other in &drawn[index + 1..] {
                // Opaqueness alone, since a template image has no colour.
                let alpha = |picture: &Picture| -> Vec<u8> { picture.rgba.chunks(4).map(|pixel| pixel[3]).collect() };
                let (ours, theirs) = (alpha(picture), alpha(other));
                let differ = ours.iter().zip(&theirs).filter(|(a, b)| a.abs_diff(**b) > 128).count();
                assert!(ours.len() != theirs.len() || differ > 12, "{differ} pixels at {scale}");
            }
        }
    }
}

#[test]
fn water_stands_below_the_line_at_it_and_over_it() {
    let middle = |mark, water, y| at(&draw(&look(mark, water), 2, Ink::Black).expect("drawn"), CENTRE.0, y);
    let (low, below, line, over) = (16.5, 11.5, 9.5, 7.0);
    assert_eq!((middle(Mark::Calm, 8, low), middle(Mark::Calm, 8, below)), (255, 0), "calm");
    assert_eq!((middle(Mark::Watch, 17, below), middle(Mark::Watch, 17, over)), (255, 0), "watch");
    assert_eq!((middle(Mark::Act, 23, over), middle(Mark::Act, 23, line)), (255, 0), "act: the line is left out");
    assert_eq!(middle(Mark::Calm, 8, line), 255, "the line");
}

#[test]
fn one_ink_and_the_size_that_was_asked_for() {
    for (name, look) in looks() {
        for (ink, value) in [(Ink::Black, 0), (Ink::Dark, 0), (Ink::Light, 255)] {
            let picture = draw(&look, 2, ink).expect("drawn");
            let width = if name == "wide" { 108 } else { 44 };
            assert_eq!((picture.width, picture.height), (width, 44), "{name}");
            let inked = picture.rgba.chunks(4).filter(|pixel| pixel[3] == 255);
            assert!(inked.clone().count() > 50, "{name}");
            assert!(inked.flat_map(|pixel| &pixel[..3]).all(|channel| *channel == value), "{name} in {ink:?}");
        }
    }
}

#[test]
fn nothing_of_the_mark_is_cut_off_for_a_lower_bar() {
    for (name, look) in looks() {
        let whole = draw(&look, 2, Ink::Black).expect("drawn");
        let cut = cut(&whole, 2);
        assert_eq!((cut.width, cut.height, cut.rgba.len()), (whole.width, 36, whole.width as usize * 36 * 4), "{name}");
        let ink = |picture: &Picture| picture.rgba.chunks(4).map(|pixel| u64::from(pixel[3])).sum::<u64>();
        assert_eq!(ink(&cut), ink(&whole), "{name}");
    }
}

#[test]
fn any_look_can_be_drawn() {
    for water in 0..=u8::MAX {
        for mark in [Mark::Calm, Mark::Watch, Mark::Act, Mark::Unknown] {
            for spark in [vec![], vec![0], vec![u8::MAX; 3]] {
                assert!(draw(&IconLook { mark, water, busy: false, spark }, 1, Ink::Light).is_some());
            }
        }
    }
}
