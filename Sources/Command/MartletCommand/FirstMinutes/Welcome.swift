import MartletSettings

/// What `martlet` alone says: what is in the folder, and what to type.
struct Welcome {
    let findings: [Finding]
    /// That people see.
    let folder: String

    /// How many are told of: a folder of examples may have a hundred.
    private static let most = 8

    func render(_ style: Style) -> String {
        let commands = findings.filter { $0.command != nil }
        var lines = [
            "\(style.bold("martlet \(Version.current)")): web server, gateway and framework in one program.", "",
        ]
        if let best = commands.first {
            lines += ["In \(folder):", ""] + Self.lines(of: best, style)
            if commands.count > 1 { lines += ["", "There is more:"] }
            lines += commands.dropFirst().prefix(Self.most).flatMap { [""] + Self.lines(of: $0, style) }
            let rest = commands.count - 1 - Self.most
            if rest > 0 { lines += ["", "and \(rest) more."] }
        } else {
            lines += ["Nothing that can be served is in \(folder)."]
        }
        for hint in findings where hint.command == nil { lines += [""] + Self.lines(of: hint, style) }
        if commands.isEmpty { lines += [""] + smallest(style) }
        return (lines + [""] + Self.further(commands.first)).joined(separator: "\n") + "\n"
    }

    private static func lines(of finding: Finding, _ style: Style) -> [String] {
        var lines = ["  \(VisibleText.line(finding.title))"]
        lines += finding.note.split(separator: "\n").map { "  \(style.faint(VisibleText.line(String($0))))" }
        return lines + (finding.command.map { ["    \(style.bold($0))"] } ?? [])
    }

    private func smallest(_ style: Style) -> [String] {
        // Sources are not for everybody to read.
        let files = findings.isEmpty ? ["  Files of this folder", "    \(style.bold("martlet static"))"] : []
        return [
            "The smallest application, in a file hello.py:",
            "",
            "    def app(environ, start_response):",
            "        start_response(\"200 OK\", [(\"Content-Type\", \"text/plain\")])",
            "        return [b\"Hello World!\\n\"]",
            "",
            "  is served by",
            "    \(style.bold("martlet run hello:app"))",
            "",
        ] + files + ["  A new application in Swift", "    \(style.bold("martlet new shop"))"]
    }

    private static func further(_ best: Finding?) -> [String] {
        var lines: [String] = []
        switch best?.subject {
        case .python, .files, .package, .scripts:
            lines.append("martlet init     writes its martlet.toml, and a unit of systemd")
        default: break
        }
        return lines + [
            "martlet doctor   looks whether this machine is ready for it", "martlet --help   has everything else",
        ]
    }
}
