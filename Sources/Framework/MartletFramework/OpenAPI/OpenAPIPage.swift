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
            \(schemas.map { Self.details($0.key, nil, Self.code($0.value)) })
            </section>

            """
        return HTML(raw: HTMLPage.render(title: title, content: content.description))
    }

    private static func operation(_ method: String, _ path: String, _ operation: OpenAPIValue) -> HTML {
        var parts: [HTML] = []
        if case .array(let parameters)? = operation["parameters"] {
            let rows: [HTML] = parameters.map { parameter in
                "<tr><td>\(text(parameter["name"]))</td><td>\(sentence(parameter["schema"]))</td></tr>\n"
            }
            parts.append(
                "<h3>Parameters</h3><div class=\"scroll\"><table><tr><th>NAME</th><th>TYPE</th></tr>\n\(rows)</table></div>\n"
            )
        }
        if let media = operation["requestBody"]?["content"]?.members.first {
            parts.append("<h3>Body</h3>\n\(code(media.value["schema"]))")
        }
        for (status, response) in operation["responses"]?.members ?? [] where status != "default" {
            parts.append("<h3>\(status) \(text(response["description"]))</h3>\n")
            if let media = response["content"]?.members.first {
                parts.append("<p class=\"place\">\(media.key)</p>\n\(code(media.value["schema"]))")
            }
        }
        if parts.isEmpty { parts.append("<p>\(text(operation["responses"]?["default"]?["description"]))</p>") }
        let identifier = text(operation["operationId"])
        let title = "\(method) \(path)"
        return details(method.uppercased() + " " + path, identifier == title ? nil : identifier, "\(parts)")
    }

    private static func details(_ title: String, _ note: String?, _ content: HTML) -> HTML {
        "<details><summary><code>\(title)</code> <span class=\"faint\">\(note)</span></summary>\n\(content)</details>\n"
    }

    private static func code(_ schema: OpenAPIValue?) -> HTML { "<pre>\(schema?.json ?? "")</pre>\n" }

    private static func text(_ value: OpenAPIValue?) -> String {
        if case .string(let text)? = value { text } else { "" }
    }

    /// `string, uuid`.
    private static func sentence(_ schema: OpenAPIValue?) -> String {
        guard case .array(let words)? = schema?["enum"] else {
            return [text(schema?["type"]), text(schema?["format"])].filter { !$0.isEmpty }.joined(separator: ", ")
        }
        return words.map { text($0) }.joined(separator: ", ")
    }
}
