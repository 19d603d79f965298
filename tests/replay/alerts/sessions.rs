//! Growth that nobody saw, told with the sessions whose folders bear witness.
//!
//! Not here: bursts as such (`guest`). A folder tells when it was made and when it was last written to, and no more.

use plimsoll_core::bundle::Gap;
use plimsoll_core::ports::sessions::Listing;
use plimsoll_core::vm::Liveness;

use super::world::{World, play};

/// A scheduled task in the night, which one of two sessions works on; the other one is a person's by day.
fn nights(world: &mut World) {
    for (day, from) in [26.0, 50.0, 74.0].into_iter().enumerate() {
        if world.reaches(from) {
            world.happens("something writes 1.5 GB an hour");
        }
        let night = world.within(from, from + 2.0);
        if night {
            world.write(1.5 / 60.0);
        }
        // On the first night a session is at it, on the second two are, on the third none.
        if night && day < 2 {
            world.uses("3f2a9c1e");
        }
        if night && day == 1 && world.minute % 20 == 0 {
            world.uses("b07d4410");
        }
    }
    let works = [9.0, 33.0, 57.0, 81.0].into_iter().any(|from| world.within(from, from + 8.0));
    if works && world.minute % 10 == 0 {
        world.uses("b07d4410");
    }
    world.vm = Liveness::Running;
    world.app = true;
}

fn tell(expected: &str, told: &str) {
    let trimmed: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(told.trim_end(), trimmed.join("\n"), "\n{told}");
}

#[test]
fn a_burst_names_those_who_were_there_and_says_so_when_nobody_was() {
    let mut world = World::with_free(90.0);
    world.sessions = Some(Listing::default());
    let told = play(world, 4, nights);
    let expected = "
        1. Tue 02:00  · something writes 1.5 GB an hour
        1. Tue 02:40  notice: Claude’s VM grew by 1.0 GB within an hour. Nobody had Plimsoll open. Claude: 1.0 GB since 01:40, while session 3f2a9c1e was active.
        1. Wed 02:00  · something writes 1.5 GB an hour
        1. Wed 02:41  notice: Claude’s VM grew by 1.0 GB within an hour. Nobody had Plimsoll open. Claude: 1.0 GB since 01:41, while sessions 3f2a9c1e and b07d4410 were active.
        1. Thu 02:00  · something writes 1.5 GB an hour
        1. Thu 02:41  notice: Claude’s VM grew by 1.0 GB within an hour. Nobody had Plimsoll open. Claude: 1.0 GB since 01:41, while no session was active.
    ";
    tell(expected, &told);
}

#[test]
fn where_the_folders_are_closed_nobody_is_named_and_nobody_is_cleared() {
    let mut world = World::with_free(90.0);
    let gap = Gap { path: "/closed".into(), reason: "failed to list it".to_owned(), denied: true };
    world.sessions = Some(Listing { sessions: Vec::new(), gaps: vec![gap] });
    let told = play(world, 2, |world| {
        world.vm = Liveness::Running;
        world.app = true;
        if world.within(26.0, 28.0) {
            world.write(1.5 / 60.0);
        }
    });
    let expected = "
        1. Tue 02:40  notice: Claude’s VM grew by 1.0 GB within an hour. Nobody had Plimsoll open. Claude: 1.0 GB since 01:40; whether a session was active cannot be told.
    ";
    tell(expected, &told);
}
