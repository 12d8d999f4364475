//! How many files this program may have open at once. Each connection is one, and many systems allow 1,024 unless told otherwise.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::network::Profile;

/// Files beside connections: the journal and its index, the control socket and who asks there, figures, the log, and some that libraries hold
/// open. A node at rest has about 40.
const BESIDE: u64 = 256;

/// How many a node of this profile may need.
pub(super) fn wanted(profile: Profile) -> u64 {
    let bounds = profile.parameters().connections;
    let connections = [
        bounds.incoming,
        bounds.outgoing,
        bounds.pending_incoming,
        bounds.pending_outgoing,
    ];
    connections.into_iter().map(u64::from).sum::<u64>() + BESIDE
}

/// The most that the system lets this program have; none means without end.
pub(super) fn most() -> Option<u64> {
    getrlimit(Resource::Nofile).maximum
}

/// Asks for as many as a node of this profile may need, as far as the system allows. False: it allows fewer.
pub(super) fn ask_for(profile: Profile) -> bool {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = wanted(profile);
    if current.is_some_and(|current| current < wanted) {
        let granted = maximum.map_or(wanted, |most| most.min(wanted));
        let asked = Rlimit {
            current: Some(granted),
            maximum,
        };
        // Where even that is forbidden, the node runs with what it has, and says so.
        return setrlimit(Resource::Nofile, asked).is_ok() && granted == wanted;
    }
    true
}

/// What keeps a node of this profile from all its connections, in words, and what helps.
pub(super) fn too_few(profile: Profile) -> (String, String) {
    let most = most().map_or_else(|| "as many as it likes".to_owned(), |most| most.to_string());
    let wanted = wanted(profile);
    (
        format!(
            "the system lets this program have {most} files open; with the profile \"{profile}\" it may need {wanted}, one for each connection"
        ),
        format!("ulimit -Hn {wanted}, or LimitNOFILE={wanted} in the service file"),
    )
}
