//! `indaba init`: set up this institution's node.

use indaba_protocol::Id;
use indaba_protocol::text_forms::Invitation;
use indaba_protocol::vocabulary;
use serde::Serialize;

use super::ask::passphrase_file;
use super::clock;
use super::context::{Context, NEW, faulty, how_to_set_up};
use super::exit::Exit;
use super::failure::Failure;
use super::flags::{InitFlags, Role};
use super::founding::{self, Founding, found};
use super::interview::{about_the_institution, where_to_listen};
use super::invite::{fingerprint, open_invitation};
use super::screen::{Page, Report, clean, paint, style};
use crate::audit::{Deed, Subject};
use crate::config::{DataDir, Layers, Raw, Settings, template};
use crate::engine::order::{Order, Reply};
use crate::keystore::Purpose;

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
        let sealed = if self.sealed {
            "sealed with the passphrase"
        } else {
            "NOT sealed"
        };
        page.field("root key", format!("{}, {sealed}", self.root_key));
        let below = " ".repeat(16);
        page.hanging(
            &below,
            16,
            "decides who signs for the institution. Move it to a stick, keep the stick locked away and offline. This node works without it.",
        );
        page.field("reserve key", format!("{}, {sealed}", self.reserve_key));
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
    let hint = how_to_set_up(&dir);
    if hint != NEW {
        return Err(Failure::new(
            Exit::Refused,
            format!("{} is not empty", dir.path().display()),
        )
        .hint(hint));
    }
    let invitation = flags.join.as_deref().map(open_invitation).transpose()?;
    if context.asker.can_ask() {
        context.screen.tell(paint(
            style::BOLD,
            "Setting up this institution's node. Nothing is published by answering.",
        ));
    }
    let founding = about_the_institution(context, &flags.about, invitation.as_ref())?;
    let config = configuration(context, &dir, &flags)?;
    let passphrase = match &flags.passphrase_file {
        Some(file) => Some(passphrase_file(file)?),
        None => context.asker.new_passphrase(
            "A passphrase to seal root and reserve key with",
            &context.screen,
        )?,
    };
    if context.asker.can_ask() && !is_right(context, &founding, &dir)? {
        return Err(Failure::new(
            Exit::Interrupted,
            "nothing was set up and nothing was written",
        )
        .hint("begin again: indaba init"));
    }
    let settings = context.settings(&dir)?;
    let founded = found(&dir, &settings, &founding, passphrase.as_ref())?;
    if let Some(text) = config {
        founding::write_private(&dir.config(), text.as_bytes())?;
    }
    context.screen.say(
        "Created",
        format!("keys in {}", founded.keys.path().display()),
    );
    let institution = Subject::new("institution", founded.institution.to_string());
    context.note(&dir, Deed::done("institution-found", vec![institution]));
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
    if let Some(doubt) = clock::doubt() {
        context.screen.warn(format!(
            "{doubt}; the institution's first statements claim that day. Set the clock before publishing: timedatectl set-time"
        ));
    }
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

/// Shows what was answered, and asks whether it is right: what is founded keeps its id for ever, and others will know it by this name.
fn is_right(context: &Context, founding: &Founding, dir: &DataDir) -> Result<bool, Failure> {
    let of_state = match founding.state_body {
        Some(true) => ", a body of the state",
        Some(false) => ", no body of the state",
        None => "",
    };
    let country = match &founding.country {
        Some(code) => vocabulary::label("countries", code, "en").unwrap_or(code),
        None => "no country",
    };
    let language =
        vocabulary::label("lang", &founding.language, "en").unwrap_or(&founding.language);
    for line in [
        String::new(),
        format!("   institution  {}", founding.name),
        format!(
            "                {}{of_state}; {country}; works in {language}",
            founding.kind
        ),
        format!("       network  {}", founding.network),
        format!("   data folder  {}", dir.path().display()),
        String::new(),
    ] {
        context.screen.tell(clean(&line));
    }
    context.asker.choose("Found it so?", true)
}

/// The configuration file to write, unless the operator brought one along. What is in it was validated.
fn configuration(
    context: &Context,
    dir: &DataDir,
    flags: &InitFlags,
) -> Result<Option<String>, Failure> {
    let hub = flags.about.role == Some(Role::Relay);
    let listen = where_to_listen(context, flags)?;
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
    if let [peer] = invitation.peers.as_slice()
        && added > 0
    {
        context.ask(Order::NamePeer {
            peer: peer.peer.clone(),
            institution: invitation.institution.to_string(),
        })?;
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
            full: None,
            reach: None,
        })?;
    }
    Ok((added, Some(accept)))
}
