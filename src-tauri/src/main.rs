//! The menu-bar app; all of it is in the library beside this file.

fn main() -> std::process::ExitCode {
    plimsoll_app::run(std::env::args_os().skip(1))
}
