package import ArgumentParser
import MartletServer

extension SettingFormat {
    /// What a shell offers for a value; nil where there is nothing to choose from.
    package var completion: CompletionKind? {
        if placeholder.contains("|") { return .list(placeholder.split(separator: "|").map(String.init)) }
        // What is relative to the folder of a configuration file is a path of the file system.
        if relative("name", "/folder") == "/folder/name" { return placeholder == "folder" ? .directory : .file() }
        let words = self.words
        return words.isEmpty ? nil : .list(words)
    }

    /// The words that are accepted, where it says those first: `` `text` for people, or `json` ``.
    private var words: [String] {
        guard accepts.hasPrefix("`") else { return [] }
        let parts = accepts.split(separator: "`", omittingEmptySubsequences: false)
        let words = stride(from: 1, to: parts.count, by: 2).map { String(parts[$0]) }
        let areWords = words.allSatisfy { $0.allSatisfy { ("a"..."z").contains($0) || $0 == "-" } }
        return areWords ? words : []
    }
}
