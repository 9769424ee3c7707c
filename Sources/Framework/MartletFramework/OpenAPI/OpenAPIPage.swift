internal import MartletPages

/// An OpenAPI document for people: a page without a script.
struct OpenAPIPage {
    let title: String
    let version: String
    /// The address of the document.
    let address: String
    let document: OpenAPIValue

    var html: HTML {
        let paths = document["paths"]?.members ?? []
        let schemas = document["components"]?["schemas"]?.members ?? []
        let content: HTML = """
            <header><h1>\(title)</h1><p class="faint">\(version)</p></header>
            <p>OpenAPI 3.1, for programs: <a href="\(address)">\(address)</a></p>
            <section>
            <h2>Requests</h2>
            \(paths.flatMap { path in path.value.members.map { Self.operation($0.key, path.key, $0.value) } })
            </section>
            <section>
            <h2>Types</h2>
            \(schemas.map { Self.type($0.key, $0.value) })
            </section>

            """
        return HTML(raw: HTMLPage.render(title: title, content: content.description))
    }

    private static func operation(_ method: String, _ path: String, _ operation: OpenAPIValue) -> HTML {
        var rows: [(String, HTML)] = []
        if case .array(let parameters)? = operation["parameters"] {
            rows += parameters.map { (text($0["name"]), name(of: $0["schema"])) }
        }
        if let media = operation["requestBody"]?["content"]?.members.first {
            rows.append(("body", name(of: media.value["schema"])))
        }
        for (status, response) in operation["responses"]?.members ?? [] {
            let description = text(response["description"])
            let media = response["content"]?.members.first
            let type = media.map { "\(name(of: $0.value["schema"])) as \($0.key)" as HTML } ?? "\(description)"
            rows.append((status == "default" ? "else" : "\(status) \(description)", type))
        }
        let identifier = text(operation["operationId"])
        return """
            <details><summary><code>\(method.uppercased()) \(path)</code> <span class="faint">\(identifier == "\(method) \(path)" ? "" : identifier)</span></summary>
            \(facts(rows))</details>

            """
    }

    private static func type(_ title: String, _ schema: OpenAPIValue) -> HTML {
        var required: Set<String> = []
        if case .array(let names)? = schema["required"] { required = Set(names.map { text($0) }) }
        let rows = (schema["properties"]?.members ?? []).map { property in
            (property.key + (required.contains(property.key) ? "" : "?"), name(of: property.value))
        }
        let note = text(schema["description"])
        return """
            <details open id="type-\(title)"><summary><code>\(title)</code></summary>
            \(note.isEmpty ? "" : "<p>\(note)</p>\n" as HTML)\(facts(rows))</details>

            """
    }

    private static func facts(_ rows: [(String, HTML)]) -> HTML {
        let lines: [HTML] = rows.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>\n" }
        return "<dl>\n\(lines)</dl>\n"
    }

    /// A schema in the words of Swift: `[Order]`, `string (uuid)`, `integer?`. Components are links to where they are described.
    private static func name(of schema: OpenAPIValue?) -> HTML {
        if case .string(let reference)? = schema?["$ref"] {
            let name = String(reference.split(separator: "/").last ?? "")
            return "<a href=\"#type-\(name)\">\(name)</a>"
        }
        if case .array(let choices)? = schema?["anyOf"] { return "\(name(of: choices.first))?" }
        if case .array(let words)? = schema?["enum"] {
            return "\(words.map { Self.text($0) }.joined(separator: " | "))"
        }
        if let items = schema?["items"] { return "[\(name(of: items))]" }
        if let values = schema?["additionalProperties"] { return "[string: \(name(of: values))]" }
        let format = text(schema?["format"])
        let type = text(schema?["type"])
        return "\(type.isEmpty ? "anything" : type)\(format.isEmpty ? "" : " (\(format))")"
    }

    private static func text(_ value: OpenAPIValue?) -> String {
        switch value {
        case .string(let text)?: text
        case .int(let number)?: "\(number)"
        default: ""
        }
    }
}
