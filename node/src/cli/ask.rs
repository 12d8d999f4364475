//! Questions to the person at the terminal. Without a terminal, or with `--no-input`, nothing is ever asked.

use std::io::{BufRead, IsTerminal, Read, Write};
use std::path::Path;

use rustix::termios::{self, LocalModes, OptionalActions};
use zeroize::Zeroizing;

use super::exit::Exit;
use super::failure::Failure;
use super::screen::Screen;
use crate::keystore::Passphrase;

/// Longest answer taken, bytes.
const MAX_ANSWER: u64 = 4096;

/// Whether and how questions may be put.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    interactive: bool,
    yes: bool,
}

impl Asker {
    /// `no_input` forbids questions; `yes` answers those for consent.
    pub(crate) fn new(no_input: bool, yes: bool) -> Self {
        let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        Self {
            interactive: terminal && !no_input,
            yes,
        }
    }

    /// Whether there is a person to ask.
    pub(crate) fn can_ask(&self) -> bool {
        self.interactive
    }

    /// Whether consent was given beforehand.
    pub(crate) fn agreed(&self) -> bool {
        self.yes
    }

    /// Asks for a line; an empty answer takes `default`. Where nobody can be asked, `flag` is named instead.
    ///
    /// # Errors
    /// When nobody can be asked and there is no default, or input ends.
    pub(crate) fn line(
        &self,
        question: &str,
        flag: &str,
        default: Option<&str>,
    ) -> Result<String, Failure> {
        if !self.interactive {
            return default.map(str::to_owned).ok_or_else(|| {
                Failure::new(
                    Exit::WrongUse,
                    format!("{question}: no answer, and nobody to ask"),
                )
                .hint(format!("give it as {flag}"))
            });
        }
        let shown = match default {
            Some(default) if !default.is_empty() => format!("{question} [{default}]: "),
            _ => format!("{question}: "),
        };
        let answer = prompt(&shown)?;
        let answer = answer.trim();
        Ok(if answer.is_empty() {
            default.unwrap_or_default().to_owned()
        } else {
            answer.to_owned()
        })
    }

    /// Asks for consent. Without a person to ask, only `--yes` gives it.
    ///
    /// # Errors
    /// When nobody can be asked and `--yes` was not given, or input ends.
    pub(crate) fn consent(&self, question: &str) -> Result<bool, Failure> {
        if self.yes {
            return Ok(true);
        }
        if !self.interactive {
            return Err(
                Failure::new(Exit::WrongUse, format!("{question} Nobody to ask."))
                    .hint("give --yes to agree"),
            );
        }
        let answer = prompt(&format!("{question} [y/N] "))?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks yes or no with a default, for choices that are no consent.
    ///
    /// # Errors
    /// When input ends.
    pub(crate) fn choose(&self, question: &str, default: bool) -> Result<bool, Failure> {
        if !self.interactive {
            return Ok(default);
        }
        let answer = prompt(&format!(
            "{question} [{}] ",
            if default { "Y/n" } else { "y/N" }
        ))?;
        Ok(match answer.trim().to_lowercase().as_str() {
            "" => default,
            answer => matches!(answer, "y" | "yes"),
        })
    }

    /// Asks for the passphrase of something that is sealed, without showing it; none when nobody can be asked.
    ///
    /// # Errors
    /// When input ends.
    pub(crate) fn passphrase(&self, question: &str) -> Result<Option<Passphrase>, Failure> {
        if self.interactive {
            hidden(&format!("{question}: ")).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Asks twice for a new passphrase without showing it, and again until it is long enough and typed the same twice; none when
    /// left empty.
    ///
    /// # Errors
    /// When input ends.
    pub(crate) fn new_passphrase(
        &self,
        question: &str,
        screen: &Screen,
    ) -> Result<Option<Passphrase>, Failure> {
        if !self.interactive {
            return Ok(None);
        }
        loop {
            let first = hidden(&format!("{question} (empty for none): "))?;
            if first.length() == 0 {
                return Ok(None);
            }
            if let Err(failure) = long_enough(&first) {
                screen.failure(&failure);
            } else if hidden("The same again: ")?.same_as(&first) {
                return Ok(Some(first));
            } else {
                screen.failure(&Failure::new(Exit::WrongUse, "the two passphrases differ"));
            }
        }
    }
}

/// Reads a passphrase from an open file descriptor: its first line.
///
/// # Errors
/// When it cannot be read or is too short.
pub(crate) fn passphrase_fd(number: u32) -> Result<Passphrase, Failure> {
    passphrase_file(Path::new(&format!("/dev/fd/{number}")))
}

/// Reads a passphrase from a file: its first line.
///
/// # Errors
/// When it cannot be read or is too short.
pub(crate) fn passphrase_file(path: &Path) -> Result<Passphrase, Failure> {
    let mut text = Zeroizing::new(String::with_capacity(MAX_ANSWER as usize));
    std::fs::File::open(path)
        .and_then(|f| f.take(MAX_ANSWER).read_to_string(&mut text))
        .map_err(|e| Failure::io("read", path, &e))?;
    // Some editors put a mark at the beginning of a file; nobody types it on a terminal.
    let first = text.lines().next().unwrap_or_default();
    let passphrase = Passphrase::new(first.trim_start_matches('\u{feff}'));
    long_enough(&passphrase)?;
    Ok(passphrase)
}

fn long_enough(passphrase: &Passphrase) -> Result<(), Failure> {
    if passphrase.length() < Passphrase::SHORTEST {
        return Err(Failure::new(
            Exit::WrongUse,
            format!(
                "the passphrase has {} characters, at least {} are needed",
                passphrase.length(),
                Passphrase::SHORTEST
            ),
        )
        .hint("four or more random words are easy to keep and hard to guess"));
    }
    Ok(())
}

fn prompt(shown: &str) -> Result<String, Failure> {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(shown.as_bytes()).and_then(|()| err.flush());
    let mut answer = String::new();
    let read = std::io::stdin()
        .lock()
        .take(MAX_ANSWER)
        .read_line(&mut answer);
    match read {
        Ok(0) => Err(Failure::new(
            Exit::Interrupted,
            "input ended before the question was answered",
        )),
        Ok(_) => Ok(answer),
        Err(e) => Err(Failure::new(Exit::Failed, "cannot read from the terminal").because(e)),
    }
}

/// Puts the terminal back as it was, however the reading ends.
struct Restore(termios::Termios);

impl Drop for Restore {
    fn drop(&mut self) {
        let _ = termios::tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Asks for a passphrase without showing it. Keys come one by one and raise no signals: a Ctrl-C that killed the process here would
/// leave a terminal that shows nothing any more.
fn hidden(shown: &str) -> Result<Passphrase, Failure> {
    let fail =
        |e: rustix::io::Errno| Failure::new(Exit::Failed, "cannot hide what is typed").because(e);
    let before = termios::tcgetattr(std::io::stdin()).map_err(fail)?;
    let mut silent = before.clone();
    silent
        .local_modes
        .remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    let restore = Restore(before);
    termios::tcsetattr(std::io::stdin(), OptionalActions::Flush, &silent).map_err(fail)?;
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(shown.as_bytes()).and_then(|()| err.flush());
    let typed = keys(&mut std::io::stdin().lock());
    drop(restore);
    let _ = err.write_all(b"\n");
    let typed = typed?;
    let text = std::str::from_utf8(&typed)
        .map_err(|e| Failure::new(Exit::WrongUse, "what was typed is not UTF-8").because(e))?;
    Ok(Passphrase::new(text))
}

/// The keys up to the end of the line, with what a person corrects.
fn keys(input: &mut impl Read) -> Result<Zeroizing<Vec<u8>>, Failure> {
    // As large as it can become: a vector that grows leaves copies behind.
    let mut typed = Zeroizing::new(Vec::with_capacity(MAX_ANSWER as usize));
    let mut key = [0];
    loop {
        let count = input
            .read(&mut key)
            .map_err(|e| Failure::new(Exit::Failed, "cannot read from the terminal").because(e))?;
        match (count, key[0]) {
            (0, _) | (_, END_OF_INPUT) => {
                return Err(Failure::new(
                    Exit::Interrupted,
                    "input ended before the question was answered",
                ));
            }
            (_, INTERRUPT) => return Err(Failure::new(Exit::Interrupted, "interrupted")),
            (_, b'\n' | b'\r') => return Ok(typed),
            (_, BACKSPACE | DELETE) => {
                // A character may have several bytes.
                while typed.pop().is_some_and(|byte| byte & 0xC0 == 0x80) {}
            }
            (_, KILL_LINE) => typed.clear(),
            (_, key) if key >= b' ' && typed.len() < MAX_ANSWER as usize => typed.push(key),
            _ => {}
        }
    }
}

/// Ctrl-C.
const INTERRUPT: u8 = 3;
/// Ctrl-D.
const END_OF_INPUT: u8 = 4;
/// Ctrl-H, and what some terminals send for it.
const BACKSPACE: u8 = 8;
/// Ctrl-U.
const KILL_LINE: u8 = 21;
/// The backspace key of most terminals.
const DELETE: u8 = 127;

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8]) -> Result<String, Exit> {
        keys(&mut &bytes[..])
            .map(|typed| String::from_utf8(typed.to_vec()).unwrap())
            .map_err(|failure| failure.exit)
    }

    #[test]
    fn hidden_keys_can_be_corrected_and_interrupted() {
        assert_eq!(typed(b"mango drum\nrest"), Ok("mango drum".to_owned()));
        assert_eq!(typed("x\u{e9}\u{7f}y\r".as_bytes()), Ok("xy".to_owned()));
        assert_eq!(typed(b"wrong\x15right\x1b\n"), Ok("right".to_owned()));
        assert_eq!(typed(b"\x7f\x7fa\n"), Ok("a".to_owned()));
        assert_eq!(typed(b"half\x03\n"), Err(Exit::Interrupted));
        assert_eq!(typed(b"half"), Err(Exit::Interrupted));
    }
}
