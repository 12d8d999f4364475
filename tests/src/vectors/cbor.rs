//! Section 1.

use super::case::hex;
use serde_json::{Value as Json, json};

pub(super) fn cases() -> Vec<Json> {
    let nested = |n: usize| format!("{}00", "81".repeat(n));
    let deep_maps = |n: usize| format!("{}f6", "a16161".repeat(n));
    let accept: Vec<(&str, String)> = vec![
        ("zero", "00".into()),
        ("23, in the first byte", "17".into()),
        ("24, one byte", "1818".into()),
        ("256, two bytes", "190100".into()),
        ("65536, four bytes", "1a00010000".into()),
        ("2^32, eight bytes", "1b0000000100000000".into()),
        ("2^63-1", "1b7fffffffffffffff".into()),
        ("-1", "20".into()),
        ("-2^63", "3b7fffffffffffffff".into()),
        ("false", "f4".into()),
        ("true", "f5".into()),
        ("null", "f6".into()),
        ("empty bytes", "40".into()),
        ("24 bytes", format!("5818{}", "00".repeat(24))),
        ("empty text", "60".into()),
        ("text beyond the basic plane", "64f09f8c8d".into()),
        (
            "text that is not NFC: form is not content",
            "6365cc81".into(),
        ),
        ("empty array", "80".into()),
        ("empty map", "a0".into()),
        (
            "keys, shorter first",
            "a261620061610000".replace("61610000", "62616100"),
        ),
        ("keys, bytewise", "a2616100616200".into()),
        ("depth 8, arrays", nested(8)),
        ("depth 8, maps", deep_maps(8)),
        (
            "bytes that hold deeper bytes",
            format!("81{}", "4a81818181818181818100".to_owned()),
        ),
    ];
    let refuse: Vec<(&str, String)> = vec![
        ("nothing", "".into()),
        ("half precision float", "f93c00".into()),
        ("single precision float", "fa3f800000".into()),
        ("double precision float", "fb3ff0000000000000".into()),
        ("not a number", "fb7ff8000000000000".into()),
        ("undefined", "f7".into()),
        ("simple value 0", "e0".into()),
        ("simple value 32", "f820".into()),
        ("a date tag", "c000".into()),
        (
            "a link (tag 42)",
            format!("d82a5825000171{}", "1e20".to_owned() + &"00".repeat(32)),
        ),
        ("a big integer (tag 2)", "c249010000000000000000".into()),
        ("self-described CBOR (tag 55799)", "d9d9f700".into()),
        ("2^63", "1b8000000000000000".into()),
        ("-2^63-1", "3b8000000000000000".into()),
        ("23 in two bytes", "1817".into()),
        ("255 in three bytes", "1900ff".into()),
        ("65535 in five bytes", "1a0000ffff".into()),
        ("2^32-1 in nine bytes", "1b00000000ffffffff".into()),
        ("-1 in two bytes", "3800".into()),
        ("length of bytes not shortest", "580100".into()),
        ("length of text not shortest", "780161".into()),
        ("length of array not shortest", "980100".into()),
        ("length of map not shortest", "b801616100".into()),
        ("indefinite bytes", "5f4100ff".into()),
        ("indefinite text", "7f6161ff".into()),
        ("indefinite array", "9f00ff".into()),
        ("indefinite map", "bf616100ff".into()),
        ("a break alone", "ff".into()),
        ("reserved additional information", "1c".into()),
        ("key that is an integer", "a10000".into()),
        ("key that is bytes", "a1416100".into()),
        ("keys out of order", "a2616200616100".into()),
        ("longer key first", "a262616100616200".into()),
        ("key repeated", "a2616100616100".into()),
        ("text that is not UTF-8", "61ff".into()),
        ("text that is a surrogate", "63eda080".into()),
        ("text overlong", "62c080".into()),
        ("a second item", "0000".into()),
        ("text cut short", "6261".into()),
        ("array cut short", "8100".replace("8100", "8200")),
        ("map without its last value", "a16161".into()),
        (
            "bytes longer than all there is",
            "5b7fffffffffffffff00".into(),
        ),
        (
            "array longer than all there is",
            "9b7fffffffffffffff00".into(),
        ),
        ("depth 9, arrays", nested(9)),
        ("depth 9, maps", deep_maps(9)),
        ("depth 9, an empty array", "818181818181818180".into()),
    ];
    let case = |(name, bytes): &(&str, String), expect: &str| json!({ "name": name, "bytes": bytes, "expect": expect });
    let mut cases: Vec<Json> = accept.iter().map(|c| case(c, "accept")).collect();
    cases.extend(refuse.iter().map(|c| case(c, "not-canonical")));
    cases.push(json!({ "name": "sixty thousand open arrays", "bytes": hex(&vec![0x81; 60_000]), "expect": "not-canonical" }));
    cases
}
