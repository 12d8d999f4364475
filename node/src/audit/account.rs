//! Which account of the machine asked. The kernel says it, not the one who asks.

use std::fs::File;
use std::io::Read;

use super::entry::Who;
use super::limits::ACCOUNTS_FILE;

/// What the kernel writes where nobody logged in: a service, a container.
const NOBODY: u32 = u32::MAX;

/// An account, and the one somebody logged in with before taking it on (`su`, `sudo`). The control socket serves one account only, so
/// that the second is what tells people apart where they share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// The account.
    pub uid: u32,
    /// The one logged in with, where the kernel keeps it.
    pub login: Option<u32>,
}

impl Account {
    /// The account of this process: the one it works as.
    pub fn own() -> Self {
        Self {
            uid: rustix::process::geteuid().as_raw(),
            login: login_of("self"),
        }
    }

    /// The account of a process at the other end of a socket. It waits for its answer, so that its number still is its own.
    pub fn of_process(uid: u32, process: Option<i32>) -> Self {
        Self {
            uid,
            login: process.and_then(|process| login_of(&process.to_string())),
        }
    }

    /// As an entry names it.
    pub fn who(&self) -> Who {
        let names = accounts();
        let name = |uid: u32| name_in(&names, uid);
        let login = self.login.filter(|login| *login != self.uid);
        Who {
            uid: self.uid,
            account: name(self.uid),
            login_uid: login,
            login: login.and_then(name),
            ..Who::default()
        }
    }
}

fn login_of(process: &str) -> Option<u32> {
    let mut text = String::new();
    File::open(format!("/proc/{process}/loginuid"))
        .ok()?
        .take(16)
        .read_to_string(&mut text)
        .ok()?;
    text.trim().parse().ok().filter(|uid| *uid != NOBODY)
}

/// The accounts the machine itself knows. Those of a directory service stay numbers.
fn accounts() -> String {
    let mut text = Vec::new();
    if let Ok(file) = File::open("/etc/passwd") {
        // What cannot be read leaves numbers without names.
        let _ = file.take(ACCOUNTS_FILE).read_to_end(&mut text);
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn name_in(accounts: &str, uid: u32) -> Option<String> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let is_it = fields.nth(1)?.parse() == Ok(uid);
        (is_it && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops where something is not as it should be"
)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_its_name_and_an_unknown_one_its_number() {
        let accounts =
            "root:x:0:0::/root:/bin/sh\nodd\nindaba:x:990:990::/var/lib/indaba:/bin/false\n";
        assert_eq!(name_in(accounts, 990).unwrap(), "indaba");
        assert_eq!(name_in(accounts, 991), None);
        assert_eq!(
            Account::own().who().uid,
            rustix::process::geteuid().as_raw()
        );
    }
}
