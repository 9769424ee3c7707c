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

    @Argument(help: ArgumentHelp("The folder of the site.", valueName: "FOLDER"))
    var folder = "."

    func validate() throws {
        do {
            _ = try FileSystem.existingFolder(folder)
        } catch {
            throw ValidationError("Nothing can be written into '\(folder)': \(error)")
        }
    }

    func run() throws {
        guard let place = Self.real(folder), !place.contains(where: \.isNewline) else {
            return try refuse("\(folder) has a name that no unit of systemd can have in it")
        }
        let findings = FolderFindings.all(in: folder).filter { finding in
            switch finding.subject {
            case .python, .files, .package, .scripts, .php: true
            case .site, .translation, .hint: false
            }
        }
        let others = findings.dropFirst().compactMap {
            if case .python(let choice) = $0.subject { choice } else { nil }
        }
        let draft = SiteDraft(subject: findings.first?.subject, alternatives: Array(others.prefix(5)))
        let unit = ServiceUnit(
            name: FileSystem.split(place).name,
            user: Self.user(of: place),
            folder: place,
            program: Self.program,
            writable: WrittenPlaces.find(in: FolderContents(of: folder)).map { FileSystem.join(place, $0) }
        )
        let isSite = try write(draft.text, "martlet.toml")
        let isUnit = try write(unit.text, "martlet.service")
        guard isSite || isUnit else {
            return try refuse("both files are there already and stay as they are, so nothing was written")
        }
        print(next(isSite ? findings.first : nil, hasSite: isSite, isUnit ? unit : nil))
    }

    /// - Parameters:
    ///   - hasSite: whether martlet.toml was written.
    ///   - unit: if it was written.
    private func next(_ best: Finding?, hasSite: Bool, _ unit: ServiceUnit?) -> String {
        let option = folder == "." ? "" : " " + ShellWord.quoted(folder)
        let served =
            best.map { "Found: \($0.title)." }
            ?? "Nothing that can be served was found: write what it is into martlet.toml."
        let build: [String] = if case .package = best?.subject { ["  swift build -c release"] } else { [] }
        var lines = (hasSite ? [served] : []) + [""] + build + ["  martlet check\(option)", "  martlet serve\(option)"]
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
        return lines.joined(separator: "\n")
    }

    // MARK: - Files

    /// - Returns: whether it was written: what is there stays.
    private func write(_ text: String, _ name: String) throws -> Bool {
        let path = FileSystem.join(folder, name)
        do throws(NewFile.Problem) {
            try NewFile.write(text, to: path)
            print("\(path) is written.")
            return true
        } catch .isThere {
            StandardError.write("martlet: \(path) is there already and stays as it is.\n")
            return false
        } catch {
            try refuse("\(path) cannot be written: \(error)")
            return false
        }
    }

    private func refuse(_ reason: String) throws {
        StandardError.write("martlet: \(reason).\n")
        throw ProgramExit.failure.code
    }

    /// Whose the folder is, where that is not root.
    private static func user(of folder: String) -> ServiceUnit.User {
        guard let owner = FileSystem.ownership(of: folder)?.owner, owner != 0, let entry = getpwuid(owner) else {
            return .made
        }
        return .named(String(cString: entry.pointee.pw_name))
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
