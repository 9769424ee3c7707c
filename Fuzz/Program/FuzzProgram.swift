import FoundationEssentials
import FuzzRules
import Glibc

/// `martlet-fuzz TARGET [FOLDER …] [-OPTION=… …]`: one target under libFuzzer, whose options these are.
/// `martlet-fuzz TARGET seeds FOLDER` writes the seeds of a target as files, one each.
@main
enum FuzzProgram {
    nonisolated(unsafe) static var target = FuzzTarget.all[0]

    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count > 1, let found = FuzzTarget.all.first(where: { $0.name == arguments[1] }) else {
            print(FuzzTarget.all.map(\.name).joined(separator: " "))
            exit(arguments.count > 1 ? 64 : 0)
        }
        target = found
        if arguments.count == 4, arguments[2] == "seeds" { return writeSeeds(to: arguments[3]) }
        var count = CommandLine.argc - 1
        var values = CommandLine.unsafeArgv + 1
        exit(runDriver(&count, &values, testOneInput))
    }

    private static func writeSeeds(to folder: String) {
        for (index, seed) in target.seeds().enumerated() {
            _ = FileManager.default.createFile(atPath: "\(folder)/seed-\(index)", contents: Data(seed))
        }
    }
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The name is libFuzzer's: its own `main`, which is linked in but not run, asks for it.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try FuzzProgram.target.check(Array(UnsafeBufferPointer(start: bytes, count: count)))
    } catch {
        fatalError("\(error)")
    }
    return 0
}
