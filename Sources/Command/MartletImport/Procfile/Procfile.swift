import MartletBytes

/// The lines of a Procfile: `web: gunicorn hello:app`.
struct Procfile {
    struct Process: Equatable {
        let line: Int
        let type: String
        let command: String
    }

    private(set) var processes: [Process] = []
    /// Lines that are none.
    private(set) var notes: [ImportNote] = []

    private static let mostLines = 1000
    /// Of each there is a table.
    private static let mostProcesses = 100

    init(_ text: String) throws(ImportError) {
        for (index, whole) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard index < Self.mostLines else {
                throw ImportError("it has more than \(Self.mostLines) lines, so it is no Procfile.")
            }
            let line = whole.trimmingBlanks
            if line.isEmpty || line.hasPrefix("#") { continue }
            let type = line.prefix { $0 != ":" }
            let command = line.dropFirst(type.count + 1).trimmingBlanks
            let isName = type.utf8.allSatisfy { byte in
                ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
            guard isName, !type.isEmpty, !command.isEmpty else {
                notes.append(ImportNote(.notTranslated, line: index + 1, line, "it is not TYPE: COMMAND"))
                continue
            }
            guard processes.count < Self.mostProcesses else {
                throw ImportError("it has more than \(Self.mostProcesses) processes, so it is no Procfile.")
            }
            processes.append(Process(line: index + 1, type: String(type), command: command))
        }
    }
}
