import Glibc
import MartletTemplates

/// Renders the cases that it reads from standard input, for `test_templates.py`: a JSON list of
/// `{"templates": {name: text}, "main": name, "data": {…}, "options": {…}}`. Writes a JSON list of `{"output": …}` or
/// `{"error": …}`.
///
/// `template-render --time N` renders the first case N times and writes the nanoseconds of the processor that
/// one took.
@main
enum Start {
    static func main() throws {
        let cases = try JSONReader.value(of: standardInput())
        let arguments = CommandLine.arguments
        if arguments.count == 3, arguments[1] == "--time", let count = Int(arguments[2]) {
            try measure(cases.sequence?.first ?? .none, count)
            return
        }
        var results: [TemplateValue] = []
        for one in cases.sequence ?? [] {
            do {
                results.append(["output": .string(try render(one))])
            } catch {
                results.append(["error": .string("\(error)")])
            }
        }
        print(
            try Templates(loader: DictionaryLoader([:])).render(
                text: "{{ results|tojson }}",
                ["results": .array(results)]
            )
        )
    }

    private static func standardInput() -> [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(0, &block, block.count)
            if count <= 0 { return bytes }
            bytes += block.prefix(count)
        }
    }

    private static func prepare(_ one: TemplateValue) -> (
        templates: Templates, main: String, data: [String: TemplateValue]
    ) {
        let fields = one.mapping ?? [:]
        var texts: [String: String] = [:]
        for entry in fields["templates"]?.mapping?.entries ?? [] {
            if let name = entry.key.string { texts[name] = entry.value.string }
        }
        var options = TemplateOptions()
        let given = fields["options"]?.mapping ?? [:]
        options.trimBlocks = given["trim_blocks"]?.isTrue ?? false
        options.lstripBlocks = given["lstrip_blocks"]?.isTrue ?? false
        options.keepTrailingNewline = given["keep_trailing_newline"]?.isTrue ?? false
        var data: [String: TemplateValue] = [:]
        for entry in fields["data"]?.mapping?.entries ?? [] {
            if let name = entry.key.string { data[name] = entry.value }
        }
        return (Templates(loader: DictionaryLoader(texts), options: options), fields["main"]?.string ?? "", data)
    }

    private static func render(_ one: TemplateValue) throws -> String {
        let (templates, main, data) = prepare(one)
        return try templates.render(main, data)
    }

    private static func measure(_ one: TemplateValue, _ count: Int) throws {
        let (templates, main, data) = prepare(one)
        var length = try templates.renderBytes(main, data).count
        let start = processorTime()
        for _ in 0..<count { length = try templates.renderBytes(main, data).count }
        let nanoseconds = (processorTime() - start) / count
        print("{\"nanoseconds\": \(nanoseconds), \"bytes\": \(length)}")
    }

    /// Of this process, in nanoseconds.
    private static func processorTime() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
