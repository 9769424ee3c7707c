import ArgumentParser
import Glibc
import MartletBytes
import MartletServer
import MartletSettings

/// `martlet init [FOLDER]`: the first configuration of what is in a folder.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a martlet.toml for what is in a folder, and a unit of systemd that serves it.",
        usage: "martlet init [FOLDER]",
        discussion: """
            Looks for an application as 'martlet' alone does; nothing of it is imported or run. The settings that are changed most are there \
            with what they are for. A file that is there already stays as it is.

            EXAMPLES:
              martlet init
              martlet init /srv/shop && martlet check /srv/shop
            """
    )

    @Argument(help: ArgumentHelp("The folder of the site.", valueName: "FOLDER"), completion: .directory)
    var folder = "."

    func validate() throws {
        do {
            _ = try FileSystem.existingFolder(folder)
        } catch {
            throw ValidationError("Nothing can be written into '\(folder)': \(error)")
        }
    }

    func run() throws {
        guard let place = Self.real(folder) else { return try refuse("\(folder) cannot be found any more") }
        let all = FolderFindings.all(in: folder)
        let hints = all.compactMap(\.remark).prefix(5)
        let findings = all.filter { finding in
            switch finding.subject {
            case .python, .files, .package, .scripts, .php: true
            case .site, .translation, .hint: false
            }
        }
        let others = findings.dropFirst().compactMap {
            if case .python(let choice) = $0.subject { choice } else { nil }
        }
        var draft = SiteDraft(
            subject: findings.first?.subject,
            alternatives: Array(others.prefix(5)),
            hints: Array(hints)
        )
        if case .python(let choice)? = draft.subject {
            draft.interpreter = ActiveEnvironment.python(
                for: place,
                choice.directory,
                active: ActiveEnvironment.variable
            )
        }
        var unit = ServiceUnit(
            name: FileSystem.split(place).name,
            user: Self.user(of: place),
            folder: place,
            program: Self.program,
            writable: WrittenPlaces.find(in: FolderContents(of: folder)).map { FileSystem.join(place, $0) }
        )
        unit.avoid()
        let isSite = try write(draft.text, "martlet.toml")
        let isNamed = ![place, unit.program].contains(where: VisibleText.hasControls)
        if !isNamed {
            StandardError.write(
                "martlet: there is no martlet.service: no unit of systemd can have the name of this folder in it.\n"
            )
        }
        let isUnit = isNamed ? try write(unit.text, "martlet.service") : false
        guard isSite || isUnit else {
            return try refuse("what could be written is there already and stays as it is, so nothing was written")
        }
        print(next(isSite ? findings.first : nil, hasSite: isSite, hints, isUnit ? unit : nil))
    }

    /// - Parameters:
    ///   - hasSite: whether martlet.toml was written.
    ///   - unit: if it was written.
    private func next(_ best: Finding?, hasSite: Bool, _ hints: ArraySlice<String>, _ unit: ServiceUnit?) -> String {
        let option = folder == "." ? "" : " " + ShellWord.quoted(folder)
        let served =
            best.map { "Found: \(VisibleText.line($0.title))." }
            ?? "Nothing that can be served was found. martlet.toml answers with a text: write what is to be served in its place."
        let build: [String] = if case .package = best?.subject { ["  swift build -c release"] } else { [] }
        var lines =
            (hasSite ? [served] + hints.map(VisibleText.line) : []) + [""] + build + [
                "  martlet check\(option)", "  martlet serve\(option)",
            ]
        guard let unit else { return lines.joined(separator: "\n") }
        let file = ShellWord.quoted(FileSystem.join(folder, "martlet.service"))
        lines += [
            "", "and with systemd, as root:", "", "  cp \(file) /etc/systemd/system/\(unit.unitName).service",
            "  systemctl enable --now \(unit.unitName)",
        ]
        if !unit.writable.isEmpty {
            let places = unit.writable.joined(separator: " and ")
            lines += ["", "The unit lets it write to \(places), and nowhere else but its folders in /var and /run."]
            if unit.user == .made { lines.append("That is root's: give it to a user, and write User= into the unit.") }
        }
        let problem = UnitReach.problem(unit.user, [unit.folder, unit.program]) { FileSystem.ownership(of: $0)?.mode }
        if let problem { lines += ["", problem] }
        return lines.joined(separator: "\n")
    }

    // MARK: - Files

    /// - Returns: whether it was written: what is there stays.
    private func write(_ text: String, _ name: String) throws -> Bool {
        let path = FileSystem.join(folder, name)
        do throws(NewFile.Problem) {
            try NewFile.write(text, to: path)
            print("\(VisibleText.line(path)) is written.")
            return true
        } catch .isThere {
            StandardError.write("martlet: \(VisibleText.line(path)) is there already and stays as it is.\n")
            return false
        } catch {
            try refuse("\(path) cannot be written: \(error)")
            return false
        }
    }

    private func refuse(_ reason: String) throws {
        StandardError.write("martlet: \(VisibleText.line(reason)).\n")
        throw ProgramExit.failure.code
    }

    /// Whose the folder is, or its home, where that is not root.
    private static func user(of folder: String) -> ServiceUnit.User {
        for place in UnitReach.owned(folder) {
            guard let owner = FileSystem.ownership(of: place)?.owner, owner != 0, let entry = getpwuid(owner) else {
                continue
            }
            return .named(String(cString: entry.pointee.pw_name))
        }
        return .made
    }

    /// Where it was started from. Links stay: those of an upgrade lead to the next version.
    private static var program: String {
        let path = ProgramPath.find().path
        guard path.contains("/../") || path.contains("/./") else { return path }
        let (folder, name) = FileSystem.split(path)
        return FileSystem.join(real(folder) ?? folder, name)
    }

    private static func real(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
