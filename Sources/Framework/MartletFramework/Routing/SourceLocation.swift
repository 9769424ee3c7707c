/// Where in the source something was registered, for messages.
struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    let file: String
    let line: UInt

    init(file: StaticString, line: UInt) {
        self.file = "\(file)"
        self.line = line
    }

    var description: String { "\(file):\(line)" }

    /// The module in what `#fileID` says.
    static func module(of file: String) -> String { String(file.prefix { $0 != "/" }) }
}
