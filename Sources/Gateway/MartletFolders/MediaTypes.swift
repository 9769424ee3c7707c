internal import MartletBytes

/// The Content-Type of a file by its extension.
package struct MediaTypes: Sendable {
    private let byExtension: [String: String]
    private let charset: String

    /// - Parameters:
    ///   - additions: types by extension, without the dot.
    ///   - charset: the encoding of texts; nil to say none.
    package init(additions: [String: String], charset: String?) {
        var types = Self.builtIn
        for (name, type) in additions { types[name.lowercased()] = type }
        byExtension = types
        self.charset = charset.map { "; charset=\($0)" } ?? ""
    }

    /// What is not known is bytes, which no browser shows as a page.
    package func type(of name: [UInt8]) -> String {
        guard let type = Self.suffix(of: name).flatMap({ byExtension[$0] }) else { return "application/octet-stream" }
        // JSON has no such parameter (RFC 8259 section 11), and XML says it itself.
        return type.hasPrefix("text/") && !type.contains(";") ? type + charset : type
    }

    package func knows(_ name: [UInt8]) -> Bool {
        Self.suffix(of: name).map { byExtension[$0] != nil } ?? false
    }

    /// Whether its type says all that there is to say of it. Of `a.js.gz` it does not: whoever takes it for a script that is
    /// compressed says so in Content-Encoding, as Python's `mimetypes` does, and others call it an archive.
    package func tellsAll(of name: [UInt8]) -> Bool {
        guard let suffix = Self.suffix(of: name) else { return false }
        return byExtension[suffix] != nil && !Self.compressed.contains(suffix)
    }

    private static let compressed: Set = [
        "br", "bz2", "gz", "svgz", "taz", "tbz2", "tgz", "txz", "tz", "xz", "z", "zst",
    ]

    /// Of `a/b.TAR.GZ`, `gz`. A name that begins with its only dot has none.
    private static func suffix(of path: [UInt8]) -> String? {
        let name = path.lastIndex(of: UInt8(ascii: "/")).map { path[($0 + 1)...] } ?? path[...]
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex else { return nil }
        return String(decoding: name[(dot + 1)...].map(ASCIICase.lowercased), as: UTF8.self)
    }

    /// Types of the registry of the IANA, and what browsers expect.
    private static let builtIn: [String: String] = {
        let rows: KeyValuePairs = [
            "text/html": "html htm shtml", "application/xhtml+xml": "xhtml", "text/css": "css",
            "text/javascript": "js mjs cjs", "application/json": "json map topojson", "application/ld+json": "jsonld",
            "application/geo+json": "geojson", "application/manifest+json": "webmanifest", "application/wasm": "wasm",
            "application/jsonl": "jsonl ndjson", "text/plain": "txt text log conf ini cfg asc",
            "text/markdown": "md markdown", "text/csv": "csv", "text/tab-separated-values": "tsv",
            "text/calendar": "ics ifb", "text/vcard": "vcf vcard", "text/vtt": "vtt", "text/xml": "xml xsd xsl",
            "text/x-python": "py", "text/x-c": "c cc cpp h hpp", "text/x-rst": "rst", "text/cache-manifest": "appcache",
            "application/yaml": "yaml yml", "application/toml": "toml", "application/sql": "sql",
            "application/rss+xml": "rss", "application/atom+xml": "atom", "application/xslt+xml": "xslt",
            "application/rdf+xml": "rdf", "application/mathml+xml": "mathml", "application/gpx+xml": "gpx",
            "application/vnd.google-earth.kml+xml": "kml", "application/vnd.google-earth.kmz": "kmz",
            "image/svg+xml": "svg", "image/png": "png", "image/apng": "apng", "image/jpeg": "jpg jpeg jpe jfif",
            "image/gif": "gif", "image/webp": "webp", "image/avif": "avif", "image/heic": "heic", "image/heif": "heif",
            "image/jxl": "jxl", "image/bmp": "bmp dib", "image/tiff": "tif tiff", "image/x-icon": "ico cur",
            "image/vnd.adobe.photoshop": "psd", "font/woff": "woff", "font/woff2": "woff2", "font/ttf": "ttf",
            "font/otf": "otf", "font/collection": "ttc", "application/vnd.ms-fontobject": "eot",
            "audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/aac": "aac", "audio/ogg": "ogg oga opus",
            "audio/flac": "flac", "audio/wav": "wav", "audio/webm": "weba", "audio/midi": "mid midi",
            "audio/aiff": "aif aiff", "video/mp4": "mp4 m4v mp4v", "video/webm": "webm", "video/ogg": "ogv",
            "video/quicktime": "mov qt", "video/x-msvideo": "avi", "video/x-matroska": "mkv", "video/mpeg": "mpg mpeg",
            "video/mp2t": "ts m2ts", "video/3gpp": "3gp", "video/x-flv": "flv", "video/x-ms-wmv": "wmv",
            "application/vnd.apple.mpegurl": "m3u8", "application/dash+xml": "mpd", "application/pdf": "pdf",
            "application/postscript": "ps eps ai", "application/rtf": "rtf", "application/epub+zip": "epub",
            "application/msword": "doc dot", "application/vnd.ms-excel": "xls", "application/vnd.ms-powerpoint": "ppt",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
            "application/vnd.oasis.opendocument.text": "odt", "application/vnd.oasis.opendocument.spreadsheet": "ods",
            "application/vnd.oasis.opendocument.presentation": "odp", "application/zip": "zip",
            "application/gzip": "gz tgz", "application/x-bzip2": "bz2", "application/x-xz": "xz",
            "application/zstd": "zst", "application/x-brotli": "br", "application/x-tar": "tar",
            "application/x-7z-compressed": "7z", "application/vnd.rar": "rar",
            "application/java-archive": "jar war ear",
            "application/vnd.android.package-archive": "apk", "application/vnd.debian.binary-package": "deb",
            "application/x-rpm": "rpm", "application/x-sh": "sh", "application/x-x509-ca-cert": "crt pem der",
            "application/pkcs8": "p8 key", "application/pgp-signature": "sig", "application/vnd.sqlite3": "sqlite db",
            "application/vnd.apache.parquet": "parquet", "application/x-bittorrent": "torrent",
            "application/octet-stream": "bin exe dll so dmg iso img msi dat", "model/gltf+json": "gltf",
            "model/gltf-binary": "glb", "model/stl": "stl", "model/obj": "obj",
        ]
        var types: [String: String] = [:]
        for (type, extensions) in rows {
            for name in extensions.split(separator: " ") { types[String(name)] = type }
        }
        return types
    }()
}
