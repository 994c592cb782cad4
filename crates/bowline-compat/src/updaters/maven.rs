//! Maven's `pom.xml`: `project.version`, which for commit-and-tag-version 13 may name a property.

use super::xml::{self, Element};
use super::{Found, indent};
use crate::javascript::{Object, Value};
use crate::profile::Profile;

const MISSING: &str = "Failed to read the version field in your pom file - is it present?";

pub(super) fn read(contents: &str, profile: Profile) -> Result<Found, String> {
    let document = parse(contents, profile)?;
    let version = document.child("project").and_then(|project| project.child("version"));
    let version = version.filter(|version| !version.is_text() || !version.text.is_empty()).ok_or(MISSING)?;
    let follows = profile == Profile::CatV13;
    if !version.is_text() {
        // An element with attributes is an object, which a person would not call a version.
        return if follows { Err(no_text("version")) } else { Ok(Found::of(Some(&Value::Object(Object::default())))) };
    }
    if !follows || !version.text.starts_with("${") {
        return Ok(Found::text(version.text.clone()));
    }
    let property = property(&version.text)?;
    found_property(&document, property).map(|found| Found::text(found.to_owned()))
}

pub(super) fn write(contents: &str, version: &str, profile: Profile) -> Result<String, String> {
    let mut document = parse(contents, profile)?;
    if profile == Profile::CatV13 {
        write_or_follow(&mut document, version)?;
    } else {
        let project = document.child_mut("project").ok_or("Cannot set properties of undefined (setting 'version')")?;
        // An empty element is a text for the original, and takes nothing.
        if !project.is_text() {
            project.set("version", version);
        }
    }
    let printed = document.print();
    Ok(match indent::new_line(contents) {
        Some("\r\n") => printed.replace('\n', "\r\n") + "\r\n",
        _ => printed + "\n",
    })
}

fn parse(contents: &str, profile: Profile) -> Result<Element, String> {
    xml::parse(contents, profile == Profile::CatV13)
}

fn write_or_follow(document: &mut Element, version: &str) -> Result<(), String> {
    let nothing = |key: &str| format!("Cannot read properties of undefined (reading '{key}')");
    let project = document.child("project").ok_or_else(|| nothing("version"))?;
    let old = project.child("version").ok_or_else(|| nothing("startsWith"))?;
    if !old.is_text() {
        return Err(no_text("pomVersion"));
    }
    let property = if old.text.starts_with("${") { Some(property(&old.text)?.to_owned()) } else { None };
    if let Some(property) = &property {
        found_property(document, property)?;
    }
    let project = document.child_mut("project").ok_or_else(|| nothing("version"))?;
    match property {
        Some(property) => {
            if let Some(properties) = project.child_mut("properties") {
                properties.set(&property, version);
            }
        }
        None => project.set("version", version),
    }
    Ok(())
}

fn no_text(name: &str) -> String {
    format!("{name}.startsWith is not a function")
}

/// The name in `${name}`.
fn property(text: &str) -> Result<&str, String> {
    let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    name.filter(|name| !name.is_empty() && !name.contains('}')).ok_or_else(|| {
        "Failed to read the version field in your pom file - unexpected invalid property reference".to_owned()
    })
}

fn found_property<'a>(document: &'a Element, name: &str) -> Result<&'a str, String> {
    let properties = document.child("project").and_then(|project| project.child("properties"));
    let found = properties.and_then(|properties| properties.child(name)).map(|found| found.text.as_str());
    found
        .filter(|found| !found.is_empty())
        .ok_or_else(|| format!("Failed to read the {name} field in your pom file properties - is it present?"))
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use crate::profile::Profile;

    /// Answers of the originals.
    #[test]
    fn files_are_read_and_written_as_the_originals_do_it() {
        let check = |profiles: &[Profile], text: &str, version: Result<&str, &str>, written: Result<&str, &str>| {
            for profile in profiles {
                let found = read(text, *profile).map(|found| found.shown);
                assert_eq!(found.as_deref().map_err(String::as_str), version, "{profile} {text}");
                let found = write(text, "2.0.0", *profile);
                assert_eq!(found.as_deref().map_err(String::as_str), written, "{profile} {text}");
            }
        };
        check(
            &[Profile::CatV12],
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project xmlns=\"http://maven.apache.org/POM/4.0.0\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n         xsi:schemaLocation=\"http://maven.apache.org/POM/4.0.0\n  http://maven.apache.org/xsd/maven-4.0.0.xsd\">\n    <modelVersion>4.0.0</modelVersion>\n\n    <groupId>com.a</groupId>\n    <version>1.0.0</version>\n    <!-- what -->\n    <dependencies>\n        <dependency>\n            <groupId>x</groupId><version>2.0</version>\n        </dependency>\n        <dependency><groupId>y</groupId></dependency>\n    </dependencies>\n    <empty/>\n    <other></other>\n</project>\n",
            Ok("1.0.0"),
            Ok(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project xmlns=\"http://maven.apache.org/POM/4.0.0\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://maven.apache.org/POM/4.0.0\n  http://maven.apache.org/xsd/maven-4.0.0.xsd\">\n  <modelVersion>4.0.0</modelVersion>\n  <groupId>com.a</groupId>\n  <version>2.0.0</version>\n  <dependencies>\n    <dependency>\n      <groupId>x</groupId>\n      <version>2.0</version>\n    </dependency>\n    <dependency>\n      <groupId>y</groupId>\n    </dependency>\n  </dependencies>\n  <empty></empty>\n  <other></other>\n</project>\n\n",
            ),
        );
        check(
            &[Profile::CatV13],
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project xmlns=\"http://maven.apache.org/POM/4.0.0\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n         xsi:schemaLocation=\"http://maven.apache.org/POM/4.0.0\n  http://maven.apache.org/xsd/maven-4.0.0.xsd\">\n    <modelVersion>4.0.0</modelVersion>\n\n    <groupId>com.a</groupId>\n    <version>1.0.0</version>\n    <!-- what -->\n    <dependencies>\n        <dependency>\n            <groupId>x</groupId><version>2.0</version>\n        </dependency>\n        <dependency><groupId>y</groupId></dependency>\n    </dependencies>\n    <empty/>\n    <other></other>\n</project>\n",
            Ok("1.0.0"),
            Ok(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project xmlns=\"http://maven.apache.org/POM/4.0.0\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://maven.apache.org/POM/4.0.0\n  http://maven.apache.org/xsd/maven-4.0.0.xsd\">\n  <modelVersion>4.0.0</modelVersion>\n  <groupId>com.a</groupId>\n  <version>2.0.0</version>\n  <!-- what -->\n  <dependencies>\n    <dependency>\n      <groupId>x</groupId>\n      <version>2.0</version>\n    </dependency>\n    <dependency>\n      <groupId>y</groupId>\n    </dependency>\n  </dependencies>\n  <empty></empty>\n  <other></other>\n</project>\n\n",
            ),
        );
        check(
            &[Profile::CatV12, Profile::CatV13],
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project>\r\n\t<version> 1.0.0 </version>\r\n</project>\r\n",
            Ok("1.0.0"),
            Ok(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<project>\r\n  <version>2.0.0</version>\r\n</project>\r\n\r\n",
            ),
        );
        check(
            &[Profile::CatV12],
            "<project><version>${revision}</version><properties><revision>1.0.0</revision></properties></project>",
            Ok("${revision}"),
            Ok(
                "<project>\n  <version>2.0.0</version>\n  <properties>\n    <revision>1.0.0</revision>\n  </properties>\n</project>\n\n",
            ),
        );
        check(
            &[Profile::CatV13],
            "<project><version>${revision}</version><properties><revision>1.0.0</revision></properties></project>",
            Ok("1.0.0"),
            Ok(
                "<project>\n  <version>${revision}</version>\n  <properties>\n    <revision>2.0.0</revision>\n  </properties>\n</project>\n\n",
            ),
        );
        check(
            &[Profile::CatV12],
            "<project><version>${revision}</version></project>",
            Ok("${revision}"),
            Ok("<project>\n  <version>2.0.0</version>\n</project>\n\n"),
        );
        check(
            &[Profile::CatV13],
            "<project><version>${revision}</version></project>",
            Err("Failed to read the revision field in your pom file properties - is it present?"),
            Err("Failed to read the revision field in your pom file properties - is it present?"),
        );
        check(
            &[Profile::CatV12],
            "<project><version>${a</version></project>",
            Ok("${a"),
            Ok("<project>\n  <version>2.0.0</version>\n</project>\n\n"),
        );
        check(
            &[Profile::CatV13],
            "<project><version>${a</version></project>",
            Err("Failed to read the version field in your pom file - unexpected invalid property reference"),
            Err("Failed to read the version field in your pom file - unexpected invalid property reference"),
        );
        check(
            &[Profile::CatV12],
            "<project><parent><version>1</version></parent></project>",
            Err("Failed to read the version field in your pom file - is it present?"),
            Ok(
                "<project>\n  <parent>\n    <version>1</version>\n  </parent>\n  <version>2.0.0</version>\n</project>\n\n",
            ),
        );
        check(
            &[Profile::CatV13],
            "<project><parent><version>1</version></parent></project>",
            Err("Failed to read the version field in your pom file - is it present?"),
            Err("Cannot read properties of undefined (reading 'startsWith')"),
        );
        check(
            &[Profile::CatV12],
            "<x/>",
            Err("Failed to read the version field in your pom file - is it present?"),
            Err("Cannot set properties of undefined (setting 'version')"),
        );
        check(
            &[Profile::CatV13],
            "<x/>",
            Err("Failed to read the version field in your pom file - is it present?"),
            Err("Cannot read properties of undefined (reading 'version')"),
        );
        check(
            &[Profile::CatV12],
            "<project/>",
            Err("Failed to read the version field in your pom file - is it present?"),
            Ok("<project></project>\n\n"),
        );
        check(
            &[Profile::CatV13],
            "<project/>",
            Err("Failed to read the version field in your pom file - is it present?"),
            Err("Cannot read properties of undefined (reading 'startsWith')"),
        );
        check(
            &[Profile::CatV12],
            "",
            Err("Failed to read the version field in your pom file - is it present?"),
            Err("Cannot set properties of undefined (setting 'version')"),
        );
        check(
            &[Profile::CatV13],
            "",
            Err("Failed to read the version field in your pom file - is it present?"),
            Err("Cannot read properties of undefined (reading 'version')"),
        );
        check(
            &[Profile::CatV12, Profile::CatV13],
            "<project><version>1</version><name>A &amp; B &lt;x&gt; 'q' \"d\" &#65; &#x42; &copy;</name><d><![CDATA[a < b]]></d><arg fork=\"true\" n='it\"s' p=\"a &amp; b\">v</arg></project>",
            Ok("1"),
            Ok(
                "<project>\n  <version>2.0.0</version>\n  <name>A &amp; B &lt;x&gt; &apos;q&apos; &quot;d&quot; &amp;#65; &amp;#x42; &amp;copy;</name>\n  <d>a &lt; b</d>\n  <arg fork=\"true\" n=\"it&quot;s\" p=\"a &amp; b\">v</arg>\n</project>\n\n",
            ),
        );
        check(
            &[Profile::CatV12],
            "<project><!-- one --><version>1</version><!-- two --><a><!--in--><b>1</b></a><!--three--></project>\n<!-- end -->",
            Ok("1"),
            Ok("<project>\n  <version>2.0.0</version>\n  <a>\n    <b>1</b>\n  </a>\n</project>\n\n"),
        );
        check(
            &[Profile::CatV13],
            "<project><!-- one --><version>1</version><!-- two --><a><!--in--><b>1</b></a><!--three--></project>\n<!-- end -->",
            Ok("1"),
            Ok(
                "<project>\n  <!-- one -->\n  <!-- two -->\n  <!--three-->\n  <version>2.0.0</version>\n  <a>\n    <!--in-->\n    <b>1</b>\n  </a>\n</project>\n<!-- end -->\n\n",
            ),
        );
        check(
            &[Profile::CatV12],
            "<!-- license\n  text -->\n<project><version>1</version></project>",
            Ok("1"),
            Ok("<project>\n  <version>2.0.0</version>\n</project>\n\n"),
        );
        check(
            &[Profile::CatV13],
            "<!-- license\n  text -->\n<project><version>1</version></project>",
            Ok("1"),
            Ok("<!-- license\n  text -->\n<project>\n  <version>2.0.0</version>\n</project>\n\n"),
        );
        check(
            &[Profile::CatV12, Profile::CatV13],
            "<project><a>1</a><version>1</version><a>2</a><c>t<d>x</d>u</c></project>",
            Ok("1"),
            Ok(
                "<project>\n  <a>1</a>\n  <a>2</a>\n  <version>2.0.0</version>\n  <c>\n    <d>x</d>\ntu  </c>\n</project>\n\n",
            ),
        );
        check(
            &[Profile::CatV12, Profile::CatV13],
            "<project><version>1</version><d>\n  line one\n  line two\n</d></project>",
            Ok("1"),
            Ok("<project>\n  <version>2.0.0</version>\n  <d>line one\n  line two</d>\n</project>\n\n"),
        );
        check(
            &[Profile::CatV12],
            "<project><version a=\"b\">1</version></project>",
            Ok("[object Object]"),
            Ok("<project>\n  <version>2.0.0</version>\n</project>\n\n"),
        );
        check(
            &[Profile::CatV13],
            "<project><version a=\"b\">1</version></project>",
            Err("version.startsWith is not a function"),
            Err("pomVersion.startsWith is not a function"),
        );
        check(
            &[Profile::CatV12],
            "<project><version>1</version><!-- a -- b --></project>",
            Ok("1"),
            Ok("<project>\n  <version>2.0.0</version>\n</project>\n\n"),
        );
        check(
            &[Profile::CatV13],
            "<project><version>1</version><!-- a -- b --></project>",
            Ok("1"),
            Ok("<project>\n  <version>2.0.0</version>\n  <!-- a - - b -->\n</project>\n\n"),
        );
        check(
            &[Profile::CatV12, Profile::CatV13],
            "<project><version></version></project>",
            Err("Failed to read the version field in your pom file - is it present?"),
            Ok("<project>\n  <version>2.0.0</version>\n</project>\n\n"),
        );
        check(
            &[Profile::CatV12, Profile::CatV13],
            "<project>\n<version>1.0</version>\n<a x=\"true\" y = \"2\" z=\"  s \"/>\n<b x=\"1\"><c/></b></project>",
            Ok("1.0"),
            Ok(
                "<project>\n  <version>2.0.0</version>\n  <a x=\"true\" y=\"2\" z=\"s\"></a>\n  <b x=\"1\">\n    <c></c>\n  </b>\n</project>\n\n",
            ),
        );
        check(
            &[Profile::CatV12, Profile::CatV13],
            "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project><version>1</version></project>",
            Ok("1"),
            Ok("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project>\n  <version>2.0.0</version>\n</project>\n\n"),
        );
        check(
            &[Profile::CatV12, Profile::CatV13],
            "<?xml version=\"1.0\"?><?pi some=\"x\"?><project><version>1</version></project>",
            Ok("1"),
            Ok("<?xml version=\"1.0\"?>\n<?pi some=\"x\"?>\n<project>\n  <version>2.0.0</version>\n</project>\n\n"),
        );
        check(
            &[Profile::CatV12, Profile::CatV13],
            "<!DOCTYPE project><project><version>1</version></project>",
            Ok("1"),
            Ok("<project>\n  <version>2.0.0</version>\n</project>\n\n"),
        );
    }
}
