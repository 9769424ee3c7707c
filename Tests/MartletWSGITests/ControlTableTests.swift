import MartletControl
import Testing

@testable import MartletWSGI

/// The module that Python reads the protocol from is what the tables of MartletControl say.
@Suite struct ControlTableTests {
    @Test("control_table.py is this text")
    func module() throws {
        let source = try #require(WorkerProgram.modules.first { $0.key == "martlet_worker.control_table" }).value
        #expect(String(decoding: source, as: UTF8.self) == Self.text)
    }

    private static var text: String {
        var text = """
            \"""The messages of the control socket, and the settings of the command line.

            Made of ControlMessage.swift and WorkerSetting.swift: change it there. A test compares, and shows what has to stand here.
            \"""

            # The longest message in bytes.
            TO_WORKER_LIMIT = \(ControlMessage.Sender.server.limit)
            TO_SERVER_LIMIT = \(ControlMessage.Sender.worker.limit)

            """
        for (name, sender) in [("TO_WORKER", ControlMessage.Sender.server), ("TO_SERVER", .worker)] {
            text += "\n# Each message: its letter, and its fields.\n\(name) = {\n"
            for message in ControlMessage.allCases where message.row.sender == sender {
                for line in lines(of: message.row.meaning) { text += "    # \(line)\n" }
                let fields = message.row.fields.map { "(\"\($0.name)\", \($0.kind == .number ? "int" : "str"))" }
                let tuple = fields.joined(separator: ", ") + (fields.count == 1 ? "," : "")
                text += "    \"\(message.row.name)\": (\"\(message.rawValue)\", (\(tuple))),\n"
            }
            text += "}\n"
        }
        text += "\nSETTINGS = {\n"
        for setting in WorkerSetting.allCases {
            let kind =
                switch setting.kind {
                case .number: "int"
                case .seconds: "float"
                case .text: "str"
                case .flag: "bool"
                }
            text += "    # \(setting.meaning)\n    \"\(setting.rawValue)\": \(kind),\n"
        }
        return text + "}\n"
    }

    /// Words in lines of at most 114 characters.
    private static func lines(of text: String) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            if let last = lines.last, !last.isEmpty, last.count + 1 + word.count > 114 { lines.append("") }
            lines[lines.count - 1] += (lines.last?.isEmpty == true ? "" : " ") + word
        }
        return lines
    }
}
