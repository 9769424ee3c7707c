import MartletBytes
import MartletGateway
import NIOCore

/// A listing for people: one page without scripts, in light and dark.
extension FolderListing {
    var page: Response {
        let title = HTMLText.escape("/" + String(decoding: name, as: UTF8.self) + (name.isEmpty ? "" : "/"))
        var rows = name.isEmpty ? "" : #"<tr class="up"><td><a href="../">..</a><td><td></tr>"# + "\n"
        for entry in entries {
            let kind = entry.isFolder ? "folder" : "file"
            let text = HTMLText.escape(entry.text) + (entry.isFolder ? "/" : "")
            let size = entry.isFolder ? "" : Self.size(entry.size)
            rows += #"<tr class="\#(kind)"><td><a href="\#(entry.reference)">\#(text)</a><td>\#(size)"#
            rows +=
                #"<td><time datetime="\#(entry.moment("T", "Z"))">\#(entry.moment(" ", "").dropLast(3))</time></tr>"#
                + "\n"
        }
        let html = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(title)</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <main>
            <h1>\(breadcrumbs)</h1>
            <table>
            <thead><tr><th scope="col">Name<th scope="col">Size<th scope="col">Modified (UTC)</tr></thead>
            <tbody>
            \(rows)</tbody>
            </table>
            <p>\(summary)</p>
            </main>
            </body>
            </html>

            """
        return Response(headers: Self.headers("text/html; charset=utf-8"), body: .bytes(ByteBuffer(string: html)))
    }

    /// Each folder on the way, as a link; the last one is here.
    private var breadcrumbs: String {
        let names = name.split(separator: UInt8(ascii: "/"))
        let links = names.enumerated().map { index, part in
            let text = HTMLText.escape(String(decoding: part, as: UTF8.self))
            let up = String(repeating: "../", count: names.count - 1 - index)
            return up.isEmpty ? "<span>\(text)</span>/" : #"<a href="\#(up)">\#(text)</a>/"#
        }
        let top = names.isEmpty ? "./" : String(repeating: "../", count: names.count)
        return #"<a href="\#(top)" aria-label="top">/</a>"# + links.joined()
    }

    private var summary: String {
        let folders = entries.count { $0.isFolder }
        let files = entries.count - folders
        var parts: [String] = []
        if folders > 0 { parts.append("\(folders) folder\(folders == 1 ? "" : "s")") }
        if files > 0 { parts.append("\(files) file\(files == 1 ? "" : "s")") }
        let text = parts.isEmpty ? "This folder is empty." : parts.joined(separator: ", ") + "."
        return isComplete ? text : "\(text) There are more: only so many are listed."
    }

    /// `512 B`, `1.4 KB`, `12 MB`: 1 KB is 1024 bytes, as everywhere here.
    static func size(_ bytes: Int) -> String {
        guard bytes >= 1024 else { return "\(bytes) B" }
        var value = Double(bytes)
        var unit = "B"
        for next in ["KB", "MB", "GB", "TB", "PB"] where value >= 1024 {
            value /= 1024
            unit = next
        }
        let tenths = Int(value * 10)
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10) \(unit)" : "\(tenths / 10) \(unit)"
    }

    private static let style = """
        :root{--text:#1d2329;--faint:#66717c;--line:#e3e7eb;--link:#0b5cad;--hover:#f4f6f8;--page:#fff}
        @media(prefers-color-scheme:dark){:root{--text:#e4e8ec;--faint:#95a0ab;--line:#2c333a;--link:#7ab7f5;--hover:#1d2329;--page:#14181c}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,sans-serif}
        main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem}
        h1{margin:0 0 1.25rem;font-size:1.15rem;font-weight:600;overflow-wrap:anywhere}
        h1 a,h1 span{padding:0 .15em}
        a{color:var(--link);text-decoration:none}
        a:hover,a:focus-visible{text-decoration:underline}
        table{width:100%;border-collapse:collapse}
        th{color:var(--faint);font-size:.8rem;font-weight:500;text-align:left}
        th,td{padding:.4rem .6rem;border-bottom:1px solid var(--line)}
        tbody tr:hover{background:var(--hover)}
        td:first-child{overflow-wrap:anywhere;width:100%}
        td:first-child a{display:block}
        td:nth-child(n+2),th:nth-child(n+2){white-space:nowrap;font-variant-numeric:tabular-nums;color:var(--faint)}
        td:nth-child(2),th:nth-child(2){text-align:right}
        .folder a{font-weight:600}
        p{color:var(--faint);font-size:.85rem}
        @media(max-width:34rem){td:nth-child(3),th:nth-child(3){display:none}}
        """
}
