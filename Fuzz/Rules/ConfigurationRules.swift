@testable import MartletCommand

/// What holds for all texts, read as a configuration file:
///
/// 1. It is understood, or there is a message, whose length is in proportion to the file.
/// 2. It is understood alike each time.
enum ConfigurationRules {
    static func check(_ bytes: [UInt8]) throws {
        let first = read(bytes)
        try BrokenRule.unless(read(bytes), is: first, "a file is not understood alike each time")
        guard let message = first else { return }
        try BrokenRule.unless(message.hasPrefix("martlet.toml:"), "a message without its place: \(message)")
        let most = 10_000 + 100 * bytes.count
        try BrokenRule.unless(message.utf8.count <= most, "a message of \(message.utf8.count) bytes")
    }

    /// What is said about a file that is not understood.
    private static func read(_ bytes: [UInt8]) -> String? {
        let text = ConfigurationText(name: "martlet.toml", text: String(decoding: bytes, as: UTF8.self))
        do {
            _ = try Site(text, folder: Seeds.folder + "/config/site")
            return nil
        } catch {
            return error.description
        }
    }
}
