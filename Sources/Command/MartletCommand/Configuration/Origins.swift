import Glibc

/// Where the values of a site come from: for those who ask for them.
struct Origins: Sendable {
    private let file: String
    let root: [String]
    private let places: KeyPlaces
    private let sources: [[String]: [Interpolation.Source]]

    init(_ document: ConfigurationDocument, root: [String]) {
        file = document.text.name
        self.root = root
        places = document.places
        sources = document.sources
    }

    /// Whether the file says it.
    func isGiven(_ path: [String]) -> Bool { place(of: path) != nil }

    /// `martlet.toml:5`, with the variables and files that the value takes something from; `default` where nothing says it.
    func text(_ path: [String]) -> String {
        guard let place = place(of: path) else { return "default" }
        let taken = sources.filter { $0.key.starts(with: path) }.flatMap(\.value)
        return (["\(file):\(place.line)"] + Set(taken).map(\.description).sorted()).joined(separator: ", ")
    }

    /// Whether the value may not be shown: something of it was read from a file, or from a variable that is named like a
    /// secret.
    func isSecret(_ path: [String]) -> Bool {
        sources.contains { $0.key.starts(with: path) && $0.value.contains(where: \.isSecret) }
    }

    /// Where a setting of the top stands.
    func place(of key: String) -> TextPlace? { place(of: root + [key]) }

    /// The file itself, whatever leads to it.
    var path: String? {
        guard let real = realpath(file, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    func place(of path: [String]) -> TextPlace? { places.values[path] ?? places.keys[path] }
}
