@testable import MartletImport

/// What holds for all texts, read as configurations of other servers:
///
/// 1. There is a file and a report, or a message; their length is in proportion to the text.
/// 2. The new file is TOML line by line: a comment, a table, a key, an element or a bracket.
enum ImportRules {
    static func check(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        for (kind, name) in [
            (Import.Kind.uwsgi(section: "uwsgi"), "u.ini"), (.gunicorn, "g.py"), (.procfile, "Procfile"),
        ] {
            let place = PathPlace(of: "/srv/\(name)", sharesFolder: bytes.count % 2 == 0)
            guard let translation = try? Import.translate(text, as: kind, place: place, source: name) else { continue }
            for line in translation.text.split(separator: "\n") {
                let isWhole =
                    line.hasPrefix("#") || line.hasPrefix("[") || line.hasPrefix("    \"") || line == "]"
                    || line.contains(" = ")
                try BrokenRule.unless(isWhole, "no line of a configuration: \(line)")
            }
            // A value can be named by as many others as there is room for.
            let most = 100_000 + 200 * bytes.count + 70_000 * bytes.count / 4
            try BrokenRule.unless(translation.text.utf8.count <= most, "a file of \(translation.text.utf8.count) bytes")
            try BrokenRule.unless(translation.report.utf8.count <= 10_000 + 400 * bytes.count, "a long report")
        }
    }
}
