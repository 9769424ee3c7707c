package import ArgumentParser
import MartletServer

extension SettingFormat {
    /// What a shell offers for a value; nil where there is nothing to choose from.
    package var completion: CompletionKind? {
        let words = self.words
        if !words.isEmpty { return .list(words) }
        // What is relative to the folder of a configuration file is a path of the file system.
        guard relative("name", "/folder") == "/folder/name" else { return nil }
        return placeholder == "folder" ? .directory : .file()
    }

    /// The values, where no other is accepted than those that are named: `` `off`, `system` or `all` ``.
    private var words: [String] {
        if placeholder.contains("|") { return placeholder.split(separator: "|").map(String.init) }
        let parts = accepts.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 2, !parts.count.isMultiple(of: 2) else { return [] }
        let between = stride(from: 0, to: parts.count, by: 2).map { parts[$0] }
        guard between.allSatisfy({ ["", ", ", " or ", ", or "].contains($0) }) else { return [] }
        return stride(from: 1, to: parts.count, by: 2).map { parts[$0] }
    }
}
