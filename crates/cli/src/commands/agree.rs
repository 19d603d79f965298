//! Asking before anything is removed. Not here: what is asked about.

use std::io::{IsTerminal, Write};

use crate::print::{Failure, Printer};

/// Whether the user agrees; without a terminal and without `--yes` nobody can, and that is a usage error.
pub(crate) fn agree(yes: bool, question: &str, printer: &Printer) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    if printer.is_json() || !std::io::stdin().is_terminal() {
        return Err(Failure::usage(
            "Nobody is there to ask, and nothing was touched.",
            "Add --yes to do it without being asked.",
        ));
    }
    let mut out = std::io::stdout().lock();
    write!(out, "{question} [y/N] ").and_then(|()| out.flush()).map_err(Failure::output)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(Failure::output)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
