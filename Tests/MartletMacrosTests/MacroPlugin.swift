#if Decorators
import Foundation
import Testing

/// The program that the compiler expands decorators with, asked as the compiler asks it: a length of eight bytes, then JSON.
///
/// No test links it: a test that does is built for the machine that builds, and with it everything else a second time.
enum MacroPlugin {
    static func replies(to requests: [ExpansionRequest]) throws -> [ExpansionReply] {
        let process = Process()
        process.executableURL = try program()
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let greeting = Data(#"{"getCapability":{"capability":{"protocolVersion":7}}}"#.utf8)
        for payload in try [greeting] + requests.map({ try JSONEncoder().encode($0) }) {
            let length = withUnsafeBytes(of: UInt64(payload.count).littleEndian) { Data($0) }
            try input.fileHandleForWriting.write(contentsOf: length + payload)
        }
        try input.fileHandleForWriting.close()
        var rest = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        var payloads: [Data] = []
        while rest.count >= 8 {
            let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
            payloads.append(rest.dropFirst(8).prefix(length))
            rest = rest.dropFirst(8 + length)
        }
        return try payloads.dropFirst().map { try JSONDecoder().decode(ExpansionReply.self, from: $0) }
    }

    /// Built beside the tests.
    private static func program() throws -> URL {
        let link = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folders = [URL(filePath: link), URL(filePath: CommandLine.arguments.first ?? "")].map {
            $0.deletingLastPathComponent()
        }
        let programs = folders.map { $0.appending(path: "MartletMacros-tool") }
        return try #require(programs.first { FileManager.default.isExecutableFile(atPath: $0.path) })
    }
}
#endif
