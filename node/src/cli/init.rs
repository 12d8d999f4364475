//! `indaba init`: set up this institution's node.

use indaba_protocol::text_forms::Invitation;
use indaba_protocol::{Id, NetworkName};
use serde::Serialize;

use super::ask::passphrase_file;
use super::context::{Context, faulty};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::{InitFlags, Role};
use super::founding::{self, Founding, found, today};
use super::invite::{fingerprint, open_invitation};
use super::screen::{Page, Report, clean, paint, style};
use crate::config::{DataDir, Layers, Raw, Settings, template};
use crate::engine::order::{Order, Reply};
use crate::keystore::Purpose;

/// Kinds of institution the protocol names.
const KINDS: &[&str] = &[
    "ministry",
    "peace-council",
    "nhri",
    "focal-point",
    "judiciary",
    "truth-body",
    "rec-secretariat",
    "un",
    "cso",
    "network",
    "academic",
    "traditional",
];

#[derive(Serialize)]
struct Initialised {
    data_dir: String,
    config: String,
    network: String,
    institution: String,
    name: String,
    fingerprint: String,
    node_key: String,
    root_key: String,
    reserve_key: String,
    sealed: bool,
    peers_added: usize,
    inviter_accepted: Option<bool>,
    /// The inviter, when accepting it was put off.
    still_to_accept: Option<String>,
    #[serde(skip)]
    typed: String,
}

impl Report for Initialised {
    const NAME: &'static str = "init";
    fn page(&self, page: &mut Page) {
        page.head(format!(
            "{} is set up in the network \"{}\".",
            self.name, self.network
        ));
        page.gap();
        page.field("institution", &self.institution);
        page.field("fingerprint", &self.fingerprint);
        page.field("data folder", &self.data_dir);
        page.field("configuration", &self.config);
        page.gap();
        page.head("Three keys, three places");
        page.field("root key", &self.root_key);
        let below = " ".repeat(16);
        page.hanging(
            &below,
            16,
            "decides who signs for the institution. Move it to a stick, keep the stick locked away and offline. This node works without it.",
        );
        page.field("reserve key", &self.reserve_key);
        page.hanging(
            &below,
            16,
            "takes its place if the root key is lost or stolen. Move it to another stick, in another building. Never keep both together.",
        );
        page.field(
            "node key",
            "stays here and signs records. If it is stolen, the root key revokes it.",
        );
        page.line("Make a copy of each stick. Nobody can restore these keys for you.");
        page.gap();
        page.head("Next");
        if let Some(inviter) = &self.still_to_accept {
            page.line(clean(&format!("  {} trust anchor {inviter}", self.typed)));
            page.line("      accept the inviter, once the fingerprint is compared; until then nothing it signs is kept");
        }
        for (command, what) in [
            ("feed follow region:ecowas", "follow a subject"),
            ("new practice > practice.md", "begin a record"),
            ("up", "run the node"),
            ("doctor", "see whether all is well"),
        ] {
            page.line(clean(&format!("  {} {command:<28} {what}", self.typed)));
        }
    }
}

/// Runs the command.
pub(crate) fn run(context: &Context, flags: InitFlags) -> Result<Exit, Failure> {
    let dir = context.data_dir()?;
    if dir.is_initialised() {
        return Err(Failure::new(
            Exit::Refused,
            format!("there is a node in {} already", dir.path().display()),
        )
        .hint("see `indaba status`, or name another folder with --data-dir"));
    }
    let invitation = flags.join.as_deref().map(open_invitation).transpose()?;
    if context.asker.can_ask() {
        context.screen.tell(paint(
            style::BOLD,
            "Setting up this institution's node. Nothing is published by answering.",
        ));
    }
    let founding = questions(context, &flags, invitation.as_ref())?;
    let config = configuration(context, &dir, &flags)?;
    let passphrase = match &flags.passphrase_file {
        Some(file) => Some(passphrase_file(file)?),
        None => context
            .asker
            .new_passphrase("A passphrase to seal root and reserve key with")?,
    };
    let settings = context.settings(&dir)?;
    let founded = found(&dir, &settings, &founding, passphrase.as_ref())?;
    if let Some(text) = config {
        founding::write_private(&dir.config(), text.as_bytes())?;
    }
    context.screen.say(
        "Created",
        format!("keys in {}", founded.keys.path().display()),
    );
    let (peers_added, inviter_accepted) = match &invitation {
        Some(invitation) => join(context, invitation)?,
        None => (0, None),
    };
    context.screen.report(&Initialised {
        data_dir: dir.path().display().to_string(),
        config: context
            .global
            .config
            .clone()
            .unwrap_or_else(|| dir.config())
            .display()
            .to_string(),
        network: founding.network.to_string(),
        institution: founded.institution.to_string(),
        name: founding.name,
        fingerprint: fingerprint(&founded.institution),
        node_key: founded.node_key.to_string(),
        root_key: founded.keys.file(Purpose::Root).display().to_string(),
        reserve_key: founded.keys.file(Purpose::Reserve).display().to_string(),
        sealed: passphrase.is_some(),
        peers_added,
        inviter_accepted,
        still_to_accept: invitation
            .as_ref()
            .filter(|_| inviter_accepted == Some(false))
            .map(|i| i.institution.to_string()),
        typed: context.typed(),
    })?;
    if passphrase.is_none() {
        context.screen.warn(
            "root and reserve key are NOT sealed: whoever can read the two files can speak for the institution. \
             Move them off this machine now.",
        );
    }
    Ok(if inviter_accepted == Some(false) {
        Exit::Partly
    } else {
        Exit::Ok
    })
}

pub(super) fn questions(
    context: &Context,
    flags: &InitFlags,
    invitation: Option<&Invitation>,
) -> Result<Founding, Failure> {
    let ask = &context.asker;
    let network = match (invitation, &flags.network) {
        (Some(invitation), None) => invitation.network.clone(),
        (Some(invitation), Some(named)) if *named != invitation.network.as_str() => {
            return Err(Failure::new(
                Exit::WrongUse,
                format!(
                    "the invitation is to the network \"{}\", not \"{named}\"",
                    invitation.network
                ),
            )
            .hint("leave out --network"));
        }
        (_, named) => {
            let name = match named {
                Some(name) => name.clone(),
                None => ask.line(
                    "Network to belong to",
                    "--network",
                    Some(NetworkName::default().as_str()),
                )?,
            };
            NetworkName::parse(&name)
                .map_err(|e| Failure::new(Exit::WrongUse, format!("\"{name}\": {e}")))?
        }
    };
    let name = match &flags.name {
        Some(name) => name.clone(),
        None => ask.line(
            "Name of the institution, as the public knows it",
            "--name",
            None,
        )?,
    };
    if name.trim().is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(Failure::new(
            Exit::WrongUse,
            "the name must have 1 to 200 characters on one line",
        ));
    }
    let kind = match &flags.kind {
        Some(kind) => kind.clone(),
        None => ask.line(&format!("Kind: {}", KINDS.join(", ")), "--kind", None)?,
    };
    if !KINDS.contains(&kind.as_str()) {
        return Err(Failure::new(
            Exit::WrongUse,
            format!("\"{kind}\" is no kind of institution"),
        )
        .hint(format!("choose one of {}", KINDS.join(", "))));
    }
    let language = match &flags.language {
        Some(language) => language.clone(),
        None => ask.line("Working language", "--language", Some("en"))?,
    };
    let country = match &flags.country {
        Some(country) => country.clone(),
        None => ask.line(
            "Country, three capital letters; empty for a regional body",
            "--country",
            Some(""),
        )?,
    };
    let three_capitals = country.len() == 3 && country.bytes().all(|b| b.is_ascii_uppercase());
    if !country.is_empty() && !three_capitals {
        return Err(Failure::new(
            Exit::WrongUse,
            format!("\"{country}\" is not a country code of three capital letters"),
        )
        .hint("such as GHA, ZAF or BRA"));
    }
    if !country.is_empty() && indaba_protocol::vocabulary::country(&country).is_none() {
        return Err(Failure::new(
            Exit::WrongUse,
            format!("\"{country}\" is no country code of ISO 3166"),
        )
        .hint("three capital letters, such as GHA, ZAF or BRA; leave it out for a regional body"));
    }
    let state_body = match (flags.role, kind.as_str()) {
        (Some(Role::Institution), _) => Some(true),
        (Some(Role::Organisation), _) => Some(false),
        // What these are is in their name; the others exist as both.
        (_, "ministry" | "judiciary") => Some(true),
        (_, "cso") => Some(false),
        _ => {
            let question = "A body of the state? yes or no; empty leaves it unsaid";
            match ask
                .line(question, "--role", Some(""))?
                .to_lowercase()
                .as_str()
            {
                "y" | "yes" => Some(true),
                "n" | "no" => Some(false),
                "" => None,
                other => {
                    return Err(Failure::new(
                        Exit::WrongUse,
                        format!("\"{other}\" is neither yes nor no"),
                    ));
                }
            }
        }
    };
    Ok(Founding {
        network,
        name: name.trim().to_owned(),
        kind,
        language,
        country: Some(country).filter(|c| !c.is_empty()),
        state_body,
        listed: flags.role != Some(Role::Reader),
        day: today(),
    })
}

/// The configuration file to write, unless the operator brought one along. What is in it was validated.
fn configuration(
    context: &Context,
    dir: &DataDir,
    flags: &InitFlags,
) -> Result<Option<String>, Failure> {
    let hub = flags.role == Some(Role::Relay);
    let listen = if flags.listen.is_empty() && context.asker.can_ask() {
        let answer = context.asker.line(
            "Listen, so that others can dial this node? Address such as /ip4/0.0.0.0/tcp/7421; empty to dial only",
            "--listen",
            Some(""),
        )?;
        Some(answer).filter(|a| !a.is_empty()).into_iter().collect()
    } else {
        flags.listen.clone()
    };
    let mdns = match flags.mdns {
        Some(mdns) => mdns,
        None if listen.is_empty() => false,
        None => {
            context.asker.can_ask()
                && context.asker.choose(
                    "Find nodes on the local network, and be found by anybody there?",
                    false,
                )?
        }
    };
    let mut layers = Layers::defaults();
    layers.flag("network.listen", "listen", Raw::List(listen.clone()));
    layers.flag("network.mdns", "mdns", Raw::Flag(mdns));
    if hub {
        layers.flag("network.profile", "role", Raw::Text("hub".into()));
    }
    Settings::validate(&layers).map_err(faulty)?;
    if context.global.config.is_some() || dir.config().exists() {
        if !listen.is_empty() || mdns || hub {
            context.screen.warn("the existing configuration file is left as it is; --listen, --mdns and --role relay are not in it");
        }
        return Ok(None);
    }
    let mut text = template();
    for (name, raw) in [
        ("profile", hub.then(|| Raw::Text("hub".into()))),
        ("listen", (!listen.is_empty()).then_some(Raw::List(listen))),
        ("mdns", mdns.then_some(Raw::Flag(true))),
    ] {
        let Some(raw) = raw else { continue };
        let mut done = false;
        let lines: Vec<String> = text
            .lines()
            .map(|line| {
                if !done && line.starts_with(&format!("# {name} = ")) {
                    done = true;
                    format!("{name} = {raw}")
                } else {
                    line.to_owned()
                }
            })
            .collect();
        text = lines.join("\n") + "\n";
    }
    Ok(Some(text))
}

/// Takes over the peers of an invitation and offers to accept the inviter. Gives how many peers and whether the inviter was accepted.
fn join(context: &Context, invitation: &Invitation) -> Result<(usize, Option<bool>), Failure> {
    let mut added = 0;
    for peer in &invitation.peers {
        for address in &peer.addresses {
            let address = if address.contains("/p2p/") {
                address.clone()
            } else {
                format!("{address}/p2p/{}", peer.peer)
            };
            match context.ask(Order::AddPeer {
                address: address.clone(),
                partner: false,
            }) {
                Ok(Reply::PeerAdded { .. }) => added += 1,
                Ok(_) => {}
                Err(e) => context
                    .screen
                    .warn(format!("{address} was not taken over: {}", e.problem)),
            }
        }
    }
    let inviter: Id = invitation.institution;
    context.screen.tell(format!(
        "Invited by {} ({}).",
        clean(&invitation.name),
        inviter.short()
    ));
    context
        .screen
        .tell(format!("Fingerprint: {}", fingerprint(&inviter)));
    let accept = if context.asker.can_ask() || context.asker.agreed() {
        context.asker.consent("Compared with the inviter, by voice or in person, and the same? Then accept what it signs?")?
    } else {
        false
    };
    if accept {
        context.ask(Order::Anchor {
            institution: inviter.to_string(),
            name: Some(invitation.name.clone()),
        })?;
    }
    Ok((added, Some(accept)))
}
