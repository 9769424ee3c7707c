import MartletBytes
import MartletSettings

/// A unit of systemd that serves a site: the text of `martlet.service`, with what differs from site to site.
struct ServiceUnit {
    /// Who it runs as.
    enum User: Equatable {
        case named(String)
        /// One that systemd makes: nothing says whose the site is.
        case made
    }

    /// Of the site, and of the folders in /var and /run.
    let name: String
    let user: User
    /// That of martlet.toml, from the root.
    let folder: String
    /// That of Martlet, from the root.
    let program: String
    /// Distinguishes it from other units of its name.
    private(set) var number = 1
    /// Folders that the application writes to.
    var writable: [String] = []

    var text: String {
        let values = [
            "NAME": Self.value(name),
            "UNIT": unitName,
            "USER": userLines, "FOLDER": Self.value(folder), "PROGRAM": Self.word(program), "WRITABLE": writableLine,
            "HOME": home, "TMP": UnitReach.isTemporary(folder) && user != .made ? "no" : "yes",
        ]
        let template = String(decoding: PackageResources.martlet_service, as: UTF8.self)
        var text = ""
        for (index, part) in template.split(separator: "@", omittingEmptySubsequences: false).enumerated() {
            // Every second one is a name between two signs.
            text += index % 2 == 0 ? String(part) : values[String(part)] ?? ""
        }
        return text
    }

    /// The name without what names of units and folders cannot have.
    var unitName: String {
        let kept = name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
        return (kept.isEmpty ? "site" : kept) + (number == 1 ? "" : "-\(number)")
    }

    /// Chooses a name that no other unit of this machine has: that of a folder may be `nginx`.
    mutating func avoid(
        unitsIn folders: [String] = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"]
    ) {
        while number < 100, folders.contains(where: isAnother) { number += 1 }
    }

    private func isAnother(in folder: String) -> Bool {
        let path = FileSystem.join(folder, unitName + ".service")
        guard FileSystem.kind(of: path) != .missing else { return false }
        let text = (try? RegularFile.read(path, atMost: 1 << 16)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return !text.contains("\nWorkingDirectory=\(Self.value(self.folder))\n")
    }

    private var userLines: String {
        switch user {
        case .named(let name): "User=\(Self.value(name))"
        case .made: "# A user that systemd makes. Write User= instead, if the site belongs to one.\nDynamicUser=yes"
        }
    }

    private var writableLine: String {
        writable.isEmpty
            ? "#ReadWritePaths=\(Self.word(folder))"
            : "ReadWritePaths=" + writable.map { Self.word($0) }.joined(separator: " ")
    }

    /// Homes are nothing of a site's, unless it is in one.
    private var home: String {
        let homes = ["/home", "/root", "/run/user"]
        let isInHome = [folder, program].contains { path in homes.contains { path == $0 || path.hasPrefix($0 + "/") } }
        guard isInHome else { return "yes" }
        return writable.isEmpty ? "read-only" : "no"
    }

    /// Percent signs begin specifiers.
    private static func value(_ text: String) -> String { text.replacing("%", with: "%%") }

    /// One word of several. A dollar sign begins a variable.
    private static func word(_ text: String) -> String {
        let word = value(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("$", with: "$$")
        return word.contains { $0 == " " || $0 == "\\" || $0 == "\"" || $0 == "'" || $0 == ";" } ? "\"\(word)\"" : word
    }
}
