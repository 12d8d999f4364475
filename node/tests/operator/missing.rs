//! What is missing, as it is told.

use super::command::{Up, init, json};
use super::correcting::{PRACTICE, publish, talk};
use super::looking::wait;

#[test]
fn what_is_missing_is_named_with_its_signer_its_place_and_what_peers_said() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    init(dir.path(), "Coast Dialogue Network (example)", &[]);
    let sembe = "National Peace Council of Sembe (example)";
    init(other.path(), sembe, &[]);
    publish(other.path(), "practice.md", PRACTICE);
    let (mut far, _) = Up::start(other.path(), &["--listen", "/ip4/127.0.0.1/tcp/0"]);
    let (mut near, _) = Up::start(dir.path(), &[]);
    let invitation = |dir: &std::path::Path| {
        let invitation = &json(dir, &["invite"], 0)["invitation"];
        invitation.as_str().unwrap().to_owned()
    };
    let (theirs, mine) = (invitation(other.path()), invitation(dir.path()));
    json(dir.path(), &["trust", "anchor", &theirs, "--yes"], 0);
    json(dir.path(), &["peer", "add", &theirs], 0);
    json(other.path(), &["trust", "anchor", &mine, "--yes"], 0);
    // Its head comes before anything is followed, and then it goes away.
    wait(|| {
        let known = json(dir.path(), &["feed", "list", "--known"], 0);
        (known["known"].as_array().unwrap().len() == 2).then_some(())
    });
    far.end();
    wait(|| (json(dir.path(), &["status"], 0)["peers_connected"] == 0).then_some(()));
    let (told, _) = talk(dir.path(), &["feed", "list"]);
    assert!(!told.contains("missing"), "nothing is followed: {told}");
    talk(dir.path(), &["feed", "follow", "region:ecowas"]);

    let list = json(dir.path(), &["feed", "list"], 0);
    let lane = &list["feeds"][0]["lanes"][0];
    assert_eq!(lane["institution"]["name"], sembe, "{list}");
    let lacking = &lane["lacking"];
    assert_eq!(lacking["records"], 1, "{list}");
    assert_eq!(lacking["ranges"][0]["first"], 1);
    assert_eq!(lacking["ranges"][0]["last"], 1);
    assert_eq!(
        (&lacking["listed_by"], &lacking["asking"]),
        (&0.into(), &0.into())
    );
    let short = lane["institution"]["short"].as_str().unwrap();
    let line = format!("region:ecowas: missing 1 record: position 1 of {sembe} ({short})");
    for command in [&["feed", "list"][..], &["status"]] {
        let (told, _) = talk(dir.path(), command);
        assert!(told.contains(&format!("{line}, since ")), "{told}");
        assert!(
            told.contains("; no peer lists them; nobody else to ask is connected"),
            "{told}"
        );
    }
    // It is no finding before it lasts.
    let (findings, _) = talk(dir.path(), &["doctor"]);
    assert!(findings.contains("incomplete 0/1"), "{findings}");
    assert!(!findings.contains("missing 1 record"), "{findings}");

    near.end();
    let (told, _) = talk(dir.path(), &["feed", "list"]);
    assert!(
        told.contains(&format!(
            "{line}; who lists them is known only while this node runs"
        )),
        "{told}"
    );
    let (_near, _) = Up::start(dir.path(), &[]);
    let (told, _) = talk(dir.path(), &["status"]);
    assert!(
        told.contains(" or longer, as this node started then"),
        "{told}"
    );
}
