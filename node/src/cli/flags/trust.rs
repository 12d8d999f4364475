//! Flags of `trust`: whom this node accepts, by whose word, and why.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Acts on trust.
#[derive(Debug, Subcommand)]
pub(crate) enum TrustAct {
    /// Accept what an institution signs, and count its vouches; compare the fingerprint by voice first
    #[command(after_help = "Examples:
  indaba trust anchor bafyr4i...
  indaba trust anchor indaba1...        from an invitation
  indaba trust anchor \"33975 17851 64114 99940 87245 89421 57949 22315\"     as read out over the telephone
  indaba trust anchor bafyr4i... --for region:ecowas     its vouches count for this region only
  indaba trust anchor bafyr4i... --full                  its own vouch is enough

An anchor is accepted for everything. Its vouches bring in others: one vouch alone is not enough, unless the anchor is fully
trusted; `indaba trust policy show` says how many are asked for. Given again with other flags, it changes them.")]
    Anchor(AnchorFlags),
    /// No longer accept what an institution signs, unless others vouch for it
    #[command(after_help = "Examples:
  indaba trust remove bafyr4i...")]
    Remove {
        /// The institution's id
        institution: String,
    },
    /// Never accept an institution, whoever vouches for it, nor count its word
    #[command(after_help = "Examples:
  indaba trust refuse bafyr4i...
  indaba trust refuse --undo bafyr4i...

What is held of it stays, shown as unvouched, and is not passed on.")]
    Refuse {
        /// The institution's id
        institution: String,
        /// End the refusal
        #[arg(long)]
        undo: bool,
    },
    /// Say publicly that this institution stands for another; compare the fingerprint by voice first
    #[command(after_help = "Examples:
  indaba trust vouch bafyr4i...
  indaba trust vouch bafyr4i... --level identity --for region:ecowas
  indaba trust vouch bafyr4i... --lets-introduce --words \"Member of our network since 2019.\"
  indaba trust vouch bafyr4i... --dry-run

The vouch is a record in the feed registry, which every node holds. Those who trust this institution count it; this node accepts the
other one by it at once. It never runs out: take it back with `indaba trust revoke-vouch`.")]
    Vouch(VouchFlags),
    /// Take back every vouch of this institution for another, in all its versions
    #[command(
        name = "revoke-vouch",
        after_help = "Examples:
  indaba trust revoke-vouch bafyr4i...
  indaba trust revoke-vouch bafyr4i... --reason error --words \"We took it for another one.\"

Exits with 4 when there is none. Nothing is deleted anywhere: others show what it signs as unvouched, unless enough others vouch for it."
    )]
    RevokeVouch(RevokeVouchFlags),
    /// Everybody who is accepted, by whose word, and who waits
    #[command(after_help = "Examples:
  indaba trust list
  indaba trust list --json | jq -r '.accepted[] | [.short, .extent, .by] | @tsv'")]
    List,
    /// Why an institution, or a record, is accepted or not, and what would change that
    #[command(after_help = "Examples:
  indaba trust explain bafyr4i...
  indaba trust explain bafyr4i... --feed region:ecowas --kind lesson
  indaba trust explain 2k7qf3           a record

Exits with 0 whether it is accepted or not; --json says it in the field `accepted`.")]
    Explain {
        /// The id of an institution or a record, or an invitation
        subject: String,
        /// For records in this feed
        #[arg(long, value_name = "FEED")]
        feed: Option<String>,
        /// For records of this kind
        #[arg(long, value_name = "KIND", requires = "feed")]
        kind: Option<String>,
    },
    /// What waits unvouched, and what waits for something that is missing; nothing of it is passed on
    #[command(after_help = "Examples:
  indaba trust waiting
  indaba trust waiting bafyr4i...

Of each institution at most 100 statements and 10 MB are kept. They are taken in by themselves once somebody vouches.")]
    Waiting {
        /// Only what this institution signed
        institution: Option<String>,
    },
    /// How many vouches it takes, and whose
    #[command(after_help = "Examples:
  indaba trust policy show
  indaba trust policy set --paths 3")]
    Policy {
        /// What to do
        #[command(subcommand)]
        act: PolicyAct,
    },
    /// Charters: regions and networks whose stewards admit members
    #[command(after_help = "Examples:
  indaba trust charter list
  indaba trust charter accept ecowas")]
    Charter {
        /// What to do
        #[command(subcommand)]
        act: CharterAct,
    },
}

/// Flags of `trust anchor`.
#[derive(Args, Clone, Debug)]
pub(crate) struct AnchorFlags {
    /// The institution's id or fingerprint (as read out over the telephone, in quotes), or an invitation
    pub institution: String,
    /// What to call it here
    #[arg(long)]
    pub name: Option<String>,
    /// Its own vouch for another institution is enough
    #[arg(long, conflicts_with = "partial")]
    pub full: bool,
    /// Its own vouch is not enough any more
    #[arg(long)]
    pub partial: bool,
    /// For what its vouches count: a feed, feeds that begin so (theme:*), or kind:KIND; may be repeated
    #[arg(long = "for", value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// Its vouches count for everything again
    #[arg(long, conflicts_with = "scope")]
    pub everything: bool,
}

/// Flags of `trust vouch`.
#[derive(Args, Clone, Debug)]
pub(crate) struct VouchFlags {
    /// The institution's id, or an invitation
    pub institution: String,
    /// What exactly is vouched for: identity (checked on paper or in person), known (from common work), observer
    #[arg(long, default_value = "known", value_parser = ["identity", "known", "observer"])]
    pub level: String,
    /// Only for this: region:CODE or kind:KIND; may be repeated
    #[arg(long = "for", value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// Its own vouches are to count as well, together with those of others
    #[arg(long)]
    pub lets_introduce: bool,
    /// The day after which it is out of date, YYYY-MM-DD; only shown, it ends nothing
    #[arg(long, value_name = "DAY")]
    pub expires: Option<String>,
    /// A sentence that says why; public
    #[arg(long, value_name = "TEXT")]
    pub words: Option<String>,
    /// The language of the words
    #[arg(long, default_value = "en", value_name = "TAG")]
    pub language: String,
    /// Show what would be signed, and sign nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Flags of `trust revoke-vouch`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RevokeVouchFlags {
    /// The institution's id
    pub institution: String,
    /// Why: error, safety, consent, superseded, legal or other
    #[arg(long, default_value = "other", value_parser = ["error", "safety", "consent", "superseded", "legal", "other"])]
    pub reason: String,
    /// A sentence that says why; public
    #[arg(long, value_name = "TEXT")]
    pub words: Option<String>,
    /// The language of the words
    #[arg(long, default_value = "en", value_name = "TAG")]
    pub language: String,
    /// Show what would be withdrawn, and sign nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Acts on the policy.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyAct {
    /// The policy, its anchors and charters, and what they come to
    #[command(after_help = "Examples:
  indaba trust policy show
  indaba trust policy show --json | jq .threshold")]
    Show,
    /// Change it; what is not given stays
    #[command(after_help = "Examples:
  indaba trust policy set --paths 3
  indaba trust policy set --paths 3 --own-vouches 2 --length 1
  indaba trust policy set --level identity

With --own-vouches 0, two impostors that two anchors let introduce bring in as many others as they like.")]
    Set {
        /// Paths from different anchors that share no institution: how many are needed, 2 to 16
        #[arg(long, value_name = "NUMBER")]
        paths: Option<usize>,
        /// How many of these must be an anchor's own vouch
        #[arg(long, value_name = "NUMBER")]
        own_vouches: Option<usize>,
        /// The longest path, in vouches: 1, or 2 with introductions
        #[arg(long, value_name = "NUMBER")]
        length: Option<usize>,
        /// Levels of vouches that count: identity, known, observer; may be repeated
        #[arg(long, value_name = "LEVEL")]
        level: Vec<String>,
    },
}

/// Acts on charters.
#[derive(Debug, Subcommand)]
pub(crate) enum CharterAct {
    /// Every charter that is held, and how it stands here
    #[command(after_help = "Examples:
  indaba trust charter list")]
    List,
    /// One charter: its stewards, who agreed, how many must vouch for a member
    #[command(after_help = "Examples:
  indaba trust charter show ecowas
  indaba trust charter show bafyr4i...")]
    Show {
        /// Its id, or its name where there is one of that name
        charter: String,
    },
    /// Sign a charter and publish it; begin with `indaba new charter`
    #[command(after_help = "Examples:
  indaba new charter > ecowas.md
  indaba trust charter publish ecowas.md
  indaba trust charter publish --dry-run ecowas.md

It is in force, for those who accept it, once as many stewards signed or cosigned it as it asks for.")]
    Publish {
        /// The file
        file: PathBuf,
        /// Show what would be signed, and sign nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Accept a charter here: its stewards, and whom enough of them vouch for
    #[command(after_help = "Examples:
  indaba trust charter accept ecowas
  indaba trust charter accept bafyr4i... --for kind:lesson

Read it first: `indaba show ID`. Given again with another --for, it changes how far it is followed.")]
    Accept {
        /// Its id, or its name where there is one of that name
        charter: String,
        /// Only for this: a feed, feeds that begin so (theme:*), or kind:KIND; may be repeated
        #[arg(long = "for", value_name = "SCOPE")]
        scope: Vec<String>,
    },
    /// Accept a charter no longer
    #[command(after_help = "Examples:
  indaba trust charter drop ecowas")]
    Drop {
        /// Its id, or its name where there is one of that name
        charter: String,
    },
    /// Agree to a charter publicly; counts where this institution is a steward of it
    #[command(after_help = "Examples:
  indaba trust charter cosign ecowas
  indaba trust charter cosign bafyr4i... --words \"Decided on 3 May 2026.\"")]
    Cosign {
        /// Its id, or its name where there is one of that name
        charter: String,
        /// A sentence that says why; public
        #[arg(long, value_name = "TEXT")]
        words: Option<String>,
        /// The language of the words
        #[arg(long, default_value = "en", value_name = "TAG")]
        language: String,
        /// Show what would be signed, and sign nothing
        #[arg(long)]
        dry_run: bool,
    },
}
