//! Answers of commit-and-tag-version 12 and 13.

use super::{read, write};
use crate::profile::Profile;

const BOTH: &[Profile] = &[Profile::CatV12, Profile::CatV13];

fn check(profiles: &[Profile], at: &[&str], text: &str, version: Result<&str, &str>, written: Result<&str, &str>) {
    for profile in profiles {
        let found = read(text, at).map(|found| found.shown);
        assert_eq!(found.as_deref().map_err(String::as_str), version, "{profile} {text}");
        let found = write(text, at, "2.0.0", *profile);
        assert_eq!(found.as_deref().map_err(String::as_str), written, "{profile} {text}");
    }
}

#[test]
fn documents_are_read_and_written_as_the_originals_do_it() {
    check(
        BOTH,
        &["version"],
        "# top comment\n\nname: app\nversion: 1.0.0 # the version\n\n\n# about deps\ndeps:\n    a: 1\n    b:\n        - x\n        -   y\n    c:\n    - p\n    - q: 1\n      r: 2\nlast: \"q\"   # c\n\n# end\n",
        Ok("1.0.0"),
        Ok(
            "# top comment\n\nname: app\nversion: 2.0.0 # the version\n\n# about deps\ndeps:\n  a: 1\n  b:\n    - x\n    - y\n  c:\n    - p\n    - q: 1\n      r: 2\nlast: \"q\" # c\n\n# end\n",
        ),
    );
    check(
        BOTH,
        &["version"],
        "version: '1.0.0'\na: \"b\"\nc:   spaced\nd: 'it''s'\ne: \"a\\nb\"\n\"k\": v\n",
        Ok("1.0.0"),
        Ok("version: '2.0.0'\na: \"b\"\nc: spaced\nd: 'it''s'\ne: \"a\\nb\"\n\"k\": v\n"),
    );
    check(
        BOTH,
        &["version"],
        "version: 1.0.0\na: [1,2,  3]\nb: {x: 1,y: 2}\nc: []\nd: {}\ne: [ \"a\", 'b' ]\n",
        Ok("1.0.0"),
        Ok("version: 2.0.0\na: [ 1, 2, 3 ]\nb: { x: 1, y: 2 }\nc: []\nd: {}\ne: [ \"a\", 'b' ]\n"),
    );
    check(BOTH, &["version"], "---\nversion: 1.0.0\n...\n", Ok("1.0.0"), Ok("---\nversion: 2.0.0\n...\n"));
    check(
        BOTH,
        &["version"],
        "%YAML 1.2\n---\n# c\nversion: 1.0.0\n",
        Ok("1.0.0"),
        Ok("%YAML 1.2\n---\n# c\nversion: 2.0.0\n"),
    );
    check(
        &[Profile::CatV13],
        &["version"],
        "version: 1.0.0\na: this is a very long plain scalar that goes on and on and on for more than eighty characters in all, you see\nb: \"this is a very long double quoted scalar that goes on and on and on for more than eighty characters in all\"\nc: 'this is a very long single quoted scalar that goes on and on and on for more than eighty characters in all'\n",
        Ok("1.0.0"),
        Ok(
            "version: 2.0.0\na: this is a very long plain scalar that goes on and on and on for more than eighty characters in all, you see\nb: \"this is a very long double quoted scalar that goes on and on and on for more than eighty characters in all\"\nc: 'this is a very long single quoted scalar that goes on and on and on for more than eighty characters in all'\n",
        ),
    );
    check(BOTH, &["version"], "name: x\n", Ok("undefined"), Ok("name: x\nversion: 2.0.0\n"));
    check(BOTH, &["version"], "- a\n- b\n", Ok("undefined"), Err("Expected a valid index, not version."));
    check(
        BOTH,
        &["version"],
        "name: a\r\nversion: 1.0.0\r\nx:\r\n    - b\r\n",
        Ok("1.0.0"),
        Ok("name: a\r\nversion: 2.0.0\r\nx:\r\n  - b\r\n"),
    );
    check(BOTH, &["version"], "name: a\nversion: 1.0.0", Ok("1.0.0"), Ok("name: a\nversion: 2.0.0\n"));
    check(BOTH, &["version"], "version: 1.0\n", Ok("1"), Ok("version: 2.0.0\n"));
    check(BOTH, &["version"], "version: \"1.0.0\" # x\n", Ok("1.0.0"), Ok("version: \"2.0.0\" # x\n"));
    check(BOTH, &["version"], "version:\nname: x\n", Ok("null"), Ok("version: 2.0.0\nname: x\n"));
    check(BOTH, &["version"], "# a\nversion: 1.0.0\n# b\n", Ok("1.0.0"), Ok("# a\nversion: 2.0.0\n\n# b\n"));
    check(
        BOTH,
        &["version"],
        "version: 1.0.0\na: |\n  x\n\nb: 1\nc: |-\n  x\n\n\nd: |+\n  x\n\ne: 1\n",
        Ok("1.0.0"),
        Ok("version: 2.0.0\na: |\n  x\n\nb: 1\nc: |-\n  x\n\nd: |+\n  x\n\ne: 1\n"),
    );
    check(
        BOTH,
        &["version"],
        "version: 1.0.0\na: # c\n  b: 1\nd: # e\n- x\nf: # g\n",
        Ok("1.0.0"),
        Ok("version: 2.0.0\na:\n  # c\n  b: 1\nd:\n  # e\n  - x\nf: # g\n"),
    );
    check(
        BOTH,
        &["version"],
        "\n\n# a\n\n\n# b\nversion: 1.0.0\n\n\n\n# c\n\n# d\n\nx: 1\n\n\n",
        Ok("1.0.0"),
        Ok("# a\n\n# b\nversion: 2.0.0\n\n# c\n\n# d\n\nx: 1\n"),
    );
    check(BOTH, &["version"], "# a\n# b\n\nversion: 1.0.0\n", Ok("1.0.0"), Ok("# a\n# b\n\nversion: 2.0.0\n"));
    check(
        BOTH,
        &["version"],
        "version: 1.0.0\nx:\n  - y\n\n# before z\nz:\n  - a\n\n  # before b\n  - b\n",
        Ok("1.0.0"),
        Ok("version: 2.0.0\nx:\n  - y\n\n# before z\nz:\n  - a\n\n  # before b\n  - b\n"),
    );
    check(BOTH, &["version"], "---\n# c\nversion: 1.0.0\n", Ok("1.0.0"), Ok("---\n# c\nversion: 2.0.0\n"));
    check(BOTH, &["version"], "# c\n---\nversion: 1.0.0\n", Ok("1.0.0"), Ok("# c\n---\nversion: 2.0.0\n"));
    check(BOTH, &["version"], "---\n\nversion: 1.0.0\n", Ok("1.0.0"), Ok("---\n\nversion: 2.0.0\n"));
    check(
        BOTH,
        &["version"],
        "version: 1.0.0\na: [aaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbb, ccccccccccccccccc, ddddddd]\nb: [\"a b\",\"c\"]\nc: {\"a\": 1, b: \"x\"}\n",
        Ok("1.0.0"),
        Ok(
            "version: 2.0.0\na: [ aaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbb, ccccccccccccccccc, ddddddd ]\nb: [ \"a b\", \"c\" ]\nc: { \"a\": 1, b: \"x\" }\n",
        ),
    );
    check(
        BOTH,
        &["version"],
        "a:\n\n  b: 1\n\n  c: 2\n\nversion: 1.0.0\n\nd:\n\n  - x\n\n  - y\n",
        Ok("1.0.0"),
        Ok("a:\n\n  b: 1\n\n  c: 2\n\nversion: 2.0.0\n\nd:\n\n  - x\n\n  - y\n"),
    );
    check(
        BOTH,
        &["version"],
        "#no space\nversion: 1.0.0 #x\na: b    # y\n",
        Ok("1.0.0"),
        Ok("#no space\nversion: 2.0.0 #x\na: b # y\n"),
    );
    check(
        BOTH,
        &["version"],
        "version: 1.0.0\na:\n- b: 1\n  c:\n  - d\n  - e: 2\n    f: 3\n-   g: 4\n    h: 5\n",
        Ok("1.0.0"),
        Ok("version: 2.0.0\na:\n  - b: 1\n    c:\n      - d\n      - e: 2\n        f: 3\n  - g: 4\n    h: 5\n"),
    );
    check(
        BOTH,
        &["version"],
        "version: 1.0.0\na:\n  # first\n  b: 1\n\n  # second\n  c: 2\nd:\n  # f\n  - x\n",
        Ok("1.0.0"),
        Ok("version: 2.0.0\na:\n  # first\n  b: 1\n\n  # second\n  c: 2\nd:\n  # f\n  - x\n"),
    );
    check(
        BOTH,
        &["version"],
        "name: my_app\ndescription: A new Flutter project.\n# The following line prevents publishing.\npublish_to: 'none' # Remove this line\nversion: 1.0.0+1\n\nenvironment:\n  sdk: '>=2.18.0 <3.0.0'\n\ndependencies:\n  flutter:\n    sdk: flutter\n  cupertino_icons: ^1.0.2\n\nflutter:\n  uses-material-design: true\n  assets:\n  - images/a.png\n",
        Ok("1.0.0+1"),
        Ok(
            "name: my_app\ndescription: A new Flutter project.\n# The following line prevents publishing.\npublish_to: 'none' # Remove this line\nversion: 2.0.0\n\nenvironment:\n  sdk: '>=2.18.0 <3.0.0'\n\ndependencies:\n  flutter:\n    sdk: flutter\n  cupertino_icons: ^1.0.2\n\nflutter:\n  uses-material-design: true\n  assets:\n    - images/a.png\n",
        ),
    );
    check(
        BOTH,
        &["version"],
        "apiVersion: v2\nname: app\ntype: application\nversion: 0.1.0\nappVersion: \"1.16.0\"\ndependencies:\n- name: postgresql\n  version: \"~11.1.3\"\n  repository: \"https://charts.bitnami.com/bitnami\"\n  condition: postgresql.enabled\nmaintainers:\n  - name: A\n    email: a@b.c\n",
        Ok("0.1.0"),
        Ok(
            "apiVersion: v2\nname: app\ntype: application\nversion: 2.0.0\nappVersion: \"1.16.0\"\ndependencies:\n  - name: postgresql\n    version: \"~11.1.3\"\n    repository: \"https://charts.bitnami.com/bitnami\"\n    condition: postgresql.enabled\nmaintainers:\n  - name: A\n    email: a@b.c\n",
        ),
    );
    check(
        BOTH,
        &["info", "version"],
        "openapi: 3.0.0\ninfo:\n  title: API\n  version: 1.0.0\n  contact:\n    version: x\npaths:\n  /pets:\n    get:\n      tags: [a,b]\n      parameters:\n      - name: limit\n        in: query\n        required: false\n        schema:\n          type: integer\n          maximum: 100\n      responses:\n        '200':\n          description: \"ok\"\n          content:\n            application/json:\n              schema:\n                $ref: \"#/components/schemas/Pets\"\n        default:\n          description: |\n            some\n\n            text\ncomponents: {}\n",
        Ok("1.0.0"),
        Ok(
            "openapi: 3.0.0\ninfo:\n  title: API\n  version: 2.0.0\n  contact:\n    version: x\npaths:\n  /pets:\n    get:\n      tags: [ a, b ]\n      parameters:\n        - name: limit\n          in: query\n          required: false\n          schema:\n            type: integer\n            maximum: 100\n      responses:\n        '200':\n          description: \"ok\"\n          content:\n            application/json:\n              schema:\n                $ref: \"#/components/schemas/Pets\"\n        default:\n          description: |\n            some\n\n            text\ncomponents: {}\n",
        ),
    );
    check(
        BOTH,
        &["info", "version"],
        "openapi: 3.0.0\n",
        Err("Cannot read properties of undefined (reading 'version')"),
        Err("Cannot read properties of undefined (reading 'set')"),
    );
    check(
        BOTH,
        &["info", "version"],
        "openapi: 3\ninfo:\n  title: x\npaths: {}\n",
        Ok("undefined"),
        Ok("openapi: 3\ninfo:\n  title: x\n  version: 2.0.0\npaths: {}\n"),
    );
    check(
        BOTH,
        &["info", "version"],
        "info:\n    version: \"1\"\n    title: t\nversion: 5\n",
        Ok("1"),
        Ok("info:\n  version: \"2.0.0\"\n  title: t\nversion: 5\n"),
    );
}

/// Here the originals print more anew than is known, or get it wrong.
#[test]
fn other_documents_keep_their_layout() {
    let kept = |before: &str, after: &str| {
        let text = format!("{before}version: 1.0.0{after}");
        let expected = format!("{before}version: 2.0.0{after}");
        check(BOTH, &["version"], &text, Ok("1.0.0"), Ok(&expected));
    };
    kept("a: >-\n    folded\n    text\n", "\nb:\n- c\n");
    kept("", "\na: plain\n  over lines\n");
    kept("", "\na: 1e3\nb: !!str 5\n");
    kept("", "\nx:\n    y: 1\n  # out\nz: 1\n");
    kept("a: |\n  version: 3\n   \n", "\nx:\n    - !y z\n");
    let long = format!("\nx:\n- y: {}\n", "word ".repeat(20).trim_end());
    check(
        &[Profile::CatV12],
        &["version"],
        &format!("version: 1.0.0{long}"),
        Ok("1.0.0"),
        Ok(&format!("version: 2.0.0{long}")),
    );
    // The originals write `undefined` in place of a line break that is not there.
    check(BOTH, &["version"], "version: 1.0.0", Ok("1.0.0"), Ok("version: 2.0.0\n"));
}
