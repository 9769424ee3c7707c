import MartletTemplates

@testable import template_render

/// A case of the corpus: see Tests/Corpus/README.md for the form of the files.
struct CaseFile: CustomStringConvertible, Sendable {
    let file: String
    let name: String
    var templates: [(name: String, text: String)] = []
    var sections: [String: String] = [:]

    var description: String { "\(file): \(name)" }

    /// All cases of a file.
    static func cases(of text: String, file: String) -> [CaseFile] {
        var cases: [CaseFile] = []
        var section: String?
        var lines: [Substring] = []
        func finish() {
            guard let section, !cases.isEmpty else { return }
            let text = lines.joined(separator: "\n")
            if section.hasPrefix("file ") {
                cases[cases.count - 1].templates.append((String(section.dropFirst(5)), text))
            } else {
                cases[cases.count - 1].sections[section] = text
            }
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("=== ") {
                finish()
                cases.append(CaseFile(file: file, name: String(line.dropFirst(4))))
                (section, lines) = (nil, [])
            } else if line.hasPrefix("--- ") {
                finish()
                (section, lines) = (String(line.dropFirst(4)), [])
            } else {
                lines.append(line)
            }
        }
        finish()
        return cases
    }

    func json(_ section: String) throws -> TemplateDictionary {
        try JSONReader.value(of: Array((sections[section] ?? "{}").utf8)).mapping ?? [:]
    }

    /// Renders the first template, or `main` in its place.
    func render(main: String? = nil, limits: TemplateLimits = TemplateLimits()) throws -> String {
        var texts = Dictionary(templates.map { ($0.name, $0.text) }, uniquingKeysWith: { $1 })
        guard let first = templates.first?.name else { return "" }
        if let main { texts[first] = main }
        let given = try json("options")
        var options = TemplateOptions()
        options.trimBlocks = given["trim_blocks"]?.isTrue ?? false
        options.lstripBlocks = given["lstrip_blocks"]?.isTrue ?? false
        options.keepTrailingNewline = given["keep_trailing_newline"]?.isTrue ?? false
        options.limits = limits
        var data: [String: TemplateValue] = [:]
        for entry in try json("data").entries {
            if let name = entry.key.string { data[name] = entry.value }
        }
        return try Templates(loader: DictionaryLoader(texts), options: options).render(first, data)
    }
}
