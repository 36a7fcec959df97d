//! `scoring`: checks a rule catalogue and a ledger, recomputes and explains scores. Reads files, changes none.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
