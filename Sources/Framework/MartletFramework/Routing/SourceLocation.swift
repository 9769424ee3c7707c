/// Where in the program something was registered, for messages that people follow back to their code.
struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    let file: String
    let line: UInt

    init(file: StaticString, line: UInt) {
        self.file = "\(file)"
        self.line = line
    }

    var description: String { "\(file):\(line)" }
}
