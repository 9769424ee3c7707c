internal import MartletBytes

extension ErrorPage {
    /// The page for a browser.
    package var html: String {
        var content = "<header>\n<p class=\"status\">\(status)</p>\n<h1>\(Self.escape(heading))</h1>\n"
        if kind != nil, !title.isEmpty { content += "<p class=\"faint\">\(Self.escape(title))</p>\n" }
        content += "</header>\n"
        let isQuiet = message.isEmpty && status >= 500 && !request.isEmpty
        let message = isQuiet ? Self.apology : message
        if !message.isEmpty { content += "<p class=\"message\">\(Self.escape(message))</p>\n" }
        for hint in hints { content += "<p class=\"hint\">\(Self.escape(hint))</p>\n" }
        for section in sections {
            content += "<section>\n<h2>\(Self.escape(section.title))</h2>\n"
            content += section.parts.map(Self.html).joined()
            content += "</section>\n"
        }
        var foot = request.isEmpty ? "" : "<p>Request <code>\(Self.escape(request))</code></p>\n"
        if !remark.isEmpty { foot += "<p>\(Self.escape(remark))</p>\n" }
        if !foot.isEmpty { content += "<footer>\n\(foot)</footer>\n" }
        return HTMLPage.render(title: "\(status) \(heading)", content: content)
    }

    /// A terminal, and a program, need no such words.
    private static let apology =
        "Something went wrong here. Whoever runs this site finds the reason in its log, by the id below."

    private var heading: String { kind ?? (title.isEmpty ? "Error" : title) }

    private static func escape(_ text: String) -> String { HTMLText.escape(text) }

    private static func html(_ part: Part) -> String {
        switch part {
        case .note(let text): return "<p>\(escape(text))</p>\n"
        case .text(let text): return "<pre>\(escape(text))</pre>\n"
        case .facts(let facts):
            let rows = facts.map { "<dt>\(escape($0.name))</dt><dd>\(escape($0.value))</dd>\n" }
            return "<dl>\n\(rows.joined())</dl>\n"
        case .table(let rows): return table(rows)
        case .excerpt(let excerpt):
            return "<p class=\"place\">\(escape(excerpt.place))</p>\n\(html(excerpt))"
        case .frames(let frames): return frames.map(html).joined()
        }
    }

    private static func table(_ rows: [[String]]) -> String {
        guard let heads = rows.first else { return "" }
        let head = heads.map { "<th>\(escape($0))</th>" }.joined()
        let body = rows.dropFirst().map { row in
            "<tr>\(row.map { "<td>\(escape($0))</td>" }.joined())</tr>\n"
        }
        return "<div class=\"scroll\"><table>\n<tr>\(head)</tr>\n\(body.joined())</table></div>\n"
    }

    private static func html(_ excerpt: Excerpt) -> String {
        let lines = excerpt.numbered.map { number, line in
            "<span\(number == excerpt.marked ? " class=\"marked\"" : "")><i>\(number)</i>\(escape(line))\n</span>"
        }
        return "<pre class=\"code\">\(lines.joined())</pre>\n"
    }

    private static func html(_ frame: StackFrame) -> String {
        let attributes = frame.isOwn ? " class=\"own\" open" : ""
        return
            "<details\(attributes)><summary><code>\(escape(frame.function))</code> <span class=\"faint\">\(escape(frame.excerpt.place))</span></summary>\n\(html(frame.excerpt))</details>\n"
    }
}
