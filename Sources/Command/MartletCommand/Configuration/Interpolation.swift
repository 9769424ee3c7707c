import Glibc
import MartletBytes
import MartletServer
import MartletSettings

/// Values that a file takes from elsewhere: `${NAME}` of the environment, `${NAME:-otherwise}` where that may be missing,
/// `${file:PATH}` for what stands in a file, such as a secret that the system hands over. `$${` is `${` itself.
struct Interpolation {
    /// Where a part of a value comes from.
    enum Source: Sendable, Hashable, CustomStringConvertible {
        case environment(String)
        case file(String)

        var description: String {
            switch self {
            case .environment(let name): "$\(name)"
            case .file(let path): path
            }
        }

        /// Whether what comes from there may not be shown: that of a file, and of a variable that is named like a secret.
        var isSecret: Bool {
            guard case .environment(let name) = self else { return true }
            let upper = name.uppercased()
            return ["SECRET", "PASSW", "TOKEN", "KEY", "CREDENTIAL", "_URL", "DSN"].contains { upper.contains($0) }
        }
    }

    /// Far more than a password or a key: systemd's credentials have at most 1 MB.
    private static let largestFile = 65_536

    private(set) var text = ""
    private(set) var sources: [Source] = []
    /// What was read from secret sources, which no message may show.
    private(set) var secrets = Secrets()

    /// - Parameter folder: what paths are relative to.
    init(_ text: String, folder: String) throws(SettingError) {
        guard text.contains("${") else {
            self.text = text
            return
        }
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            let before = rest[..<start.lowerBound]
            if before.last == "$" {
                self.text += before.dropLast() + "${"
                rest = rest[start.upperBound...]
                continue
            }
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                throw SettingError(
                    description: "the bracket of '${' is not closed; write '$${' for the characters themselves"
                )
            }
            self.text += before
            self.text += try value(of: rest[start.upperBound..<end], folder)
            rest = rest[rest.index(after: end)...]
        }
        self.text += rest
    }

    private mutating func value(of reference: Substring, _ folder: String) throws(SettingError) -> String {
        if reference.hasPrefix("file:") { return try content(of: String(reference.dropFirst(5)), folder) }
        let parts = reference.firstRange(of: ":-")
        let name = String(parts.map { reference[..<$0.lowerBound] } ?? reference)
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "=") }) else {
            throw SettingError(description: "'${\(reference)}' names no variable; write ${NAME} or ${file:PATH}")
        }
        if let value = getenv(name).map({ String(cString: $0) }) {
            sources.append(.environment(name))
            if Source.environment(name).isSecret { secrets.add(value) }
            return value
        }
        guard let parts else {
            throw SettingError(
                description: "the environment has no \(name); set it, or write ${\(name):-VALUE} for what is taken then"
            )
        }
        return String(reference[parts.upperBound...])
    }

    private mutating func content(of path: String, _ folder: String) throws(SettingError) -> String {
        let path = FileSystem.join(folder, path)
        let notText = SettingError(description: "the file \(path) is no text of at most 64 KB")
        let data: [UInt8]
        do throws(RegularFile.Problem) {
            data = try RegularFile.read(path, atMost: Self.largestFile)
        } catch {
            throw error == .tooLarge
                ? notText : SettingError(description: "the file \(path) cannot be read: \(error)")
        }
        guard var content = String(validating: data, as: UTF8.self) else { throw notText }
        // Editors and `echo` end a file with a line break.
        if content.hasSuffix("\r\n") || content.hasSuffix("\n") { content.removeLast() }
        sources.append(.file(path))
        secrets.add(content)
        return content
    }
}
