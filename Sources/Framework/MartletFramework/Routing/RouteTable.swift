internal import FoundationEssentials
internal import MartletPages

/// The routes of an app, to be shown.
///
///     print(RouteTable(try app.routes()).text)
public struct RouteTable: Sendable {
    public let routes: [RouteDescription]

    public init(_ routes: [RouteDescription]) { self.routes = routes }

    /// A line for each, with aligned columns.
    public var text: String { TextTable.lines(rows).map { $0 + "\n" }.joined() }

    /// A line of names, and a row for each.
    var rows: [[String]] {
        let heads = ["METHODS", "PATTERN", "NAME", "REGISTERED AT"]
        return [heads]
            + routes.map { [$0.verbs, $0.address, $0.name ?? "", $0.place] }
    }

    /// An array with an object for each: `kind`, `methods`, `pattern`, `parameters`, `file`, `line`, and `name` and `blueprint` of those
    /// that have one.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Strings and numbers alone can be encoded always.
        return ((try? encoder.encode(routes)).map { String(decoding: $0, as: UTF8.self) } ?? "[]") + "\n"
    }
}
