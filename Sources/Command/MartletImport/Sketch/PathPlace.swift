/// Where relative paths of an imported file begin, and where they have to begin in the new one.
package struct PathPlace: Sendable {
    /// The folder of the file that is read, absolute.
    let folder: String
    /// Its name.
    let name: String
    /// Whether the new file stands in the same folder.
    let isShared: Bool

    /// - Parameter path: of the file that is read, absolute.
    package init(of path: String, sharesFolder: Bool) {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        folder = slash == path.startIndex ? "/" : String(path[..<slash])
        name = path.isEmpty ? "" : String(path[path.index(after: slash)...])
        isShared = sharesFolder
    }

    /// As it is written in the new file.
    func path(_ text: String) -> String {
        let text = Self.tidied(text)
        if text.hasPrefix("/") {
            guard isShared, text != "/" else { return text }
            if text == folder { return "." }
            return text.hasPrefix(folder + "/") ? String(text.dropFirst(folder.count + 1)) : text
        }
        if text.hasPrefix("${") || isShared { return text.isEmpty ? "." : text }
        return text.isEmpty || text == "." ? folder : Self.tidied("\(folder)/\(text)")
    }

    /// Without doubled slashes and a slash at the end.
    private static func tidied(_ text: String) -> String {
        var result = ""
        for character in text where !(character == "/" && result.last == "/") { result.append(character) }
        if result.count > 1, result.last == "/" { result.removeLast() }
        return result.hasPrefix("./") && result.count > 2 ? String(result.dropFirst(2)) : result
    }
}
