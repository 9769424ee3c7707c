extension SiteSketch {
    /// Adds a command that runs beside the application.
    ///
    /// - Parameters:
    ///   - name: what it is called; a number follows where that is taken. Nil for the name of its program.
    ///   - run: as a shell reads it, in Martlet's form.
    /// - Returns: the path of its table.
    @discardableResult
    mutating func addCommand(
        _ name: String? = nil,
        run: String,
        schedule: String? = nil,
        from origin: String
    ) -> [String] {
        let wanted = name ?? Self.program(of: run)
        var path = ["command", wanted]
        var number = 2
        while has(path) {
            path = ["command", "\(wanted)-\(number)"]
            number += 1
        }
        set("run", .text(run), in: path, from: origin)
        if let schedule { set("schedule", .text(schedule), in: path, from: origin) }
        return path
    }

    /// The name of the first program in a command line, without folders, variables that are set before it, and `python -m`.
    private static func program(of line: String) -> String {
        let words = line.split(separator: " ").drop { $0.contains("=") || $0 == "exec" }
        let names = words.map { $0.split(separator: "/").last ?? $0 }
        var rest = names[...]
        if let first = rest.first, first.hasPrefix("python") {
            rest = rest.dropFirst().drop { $0.hasPrefix("-") }
            if rest.first == "manage.py" { rest = rest.dropFirst() }
        }
        let name = (rest.first ?? names.first ?? "command").prefix(40)
            .filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        return name.isEmpty ? "command" : name
    }
}
