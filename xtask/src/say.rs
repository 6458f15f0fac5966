//! What a task tells the person who runs it. All of it goes to standard error: standard output is for results.

use std::fmt::Display;
use std::io::IsTerminal;
use std::time::Duration;

fn paint(code: &str, text: impl Display) -> String {
    if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_string()
    }
}

/// A piece of work begins.
pub fn step(text: impl Display) {
    eprintln!("{} {}", paint("1;36", "==>"), paint("1", text));
}

/// A detail of the current step.
pub fn note(text: impl Display) {
    eprintln!("    {text}");
}

/// A command that is about to run, as one could type it.
pub fn command(text: impl Display) {
    eprintln!("    {}", paint("2", format_args!("$ {text}")));
}

/// Something is odd, and the task goes on.
pub fn warning(text: impl Display) {
    eprintln!("{} {text}", paint("1;33", "warning:"));
}

/// The task failed: the whole chain of causes.
pub fn error(error: &anyhow::Error) {
    eprintln!("{} {error}", paint("1;31", "error:"));
    for cause in error.chain().skip(1) {
        eprintln!("    because: {cause}");
    }
}

/// `0.3 s`, `12 s`, `3 min 20 s`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else if seconds >= 10 {
        format!("{seconds} s")
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// `664.5 KB`: thousands, as browsers and budgets count them.
pub fn bytes(bytes: u64) -> String {
    let tenths = (bytes + 50) / 100;
    format!("{}.{} KB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_a_person_says_them() {
        assert_eq!(duration(Duration::from_millis(340)), "0.3 s");
        assert_eq!(duration(Duration::from_secs(12)), "12 s");
        assert_eq!(duration(Duration::from_secs(200)), "3 min 20 s");
    }

    #[test]
    fn bytes_are_rounded_to_a_tenth_of_a_kilobyte() {
        assert_eq!(bytes(188_830), "188.8 KB");
        assert_eq!(bytes(49), "0.0 KB");
        assert_eq!(bytes(950), "1.0 KB");
    }
}
