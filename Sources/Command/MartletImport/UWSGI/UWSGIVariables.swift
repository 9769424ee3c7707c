/// What stands for something else in the values of a uWSGI file.
///
/// | Form | Becomes |
/// |---|---|
/// | `%d`, `%p`, `%n` … (of the file's own path) | their text |
/// | `%h`, `%u` … (of the machine or the moment) | a reason why not |
/// | `%(name)` | the value of that key, wherever it stands |
/// | `$(NAME)` | `${NAME}`, which Martlet reads from the environment |
/// | `@(PATH)` | `${file:PATH}` |
///
/// Everything is bounded: how deep names may lead to names, how often, and how long a value becomes.
struct UWSGIVariables {
    /// Why a value cannot be known.
    struct Unknown: Error {
        let reason: String
    }

    let place: PathPlace
    let section: String
    /// The first value of each key counts, as in uWSGI.
    private(set) var values: [String: String] = [:]

    private static let deepest = 16
    private static let mostNames = 1000
    private static let longest = 65_536

    init(place: PathPlace, section: String) {
        self.place = place
        self.section = section
    }

    mutating func note(_ key: String, _ value: String) {
        if values[key] == nil { values[key] = value }
    }

    /// The value in Martlet's form.
    func expand(_ value: String) throws(Unknown) -> String {
        var names = 0
        return try expand(value, depth: 0, &names)
    }

    private func expand(_ value: String, depth: Int, _ names: inout Int) throws(Unknown) -> String {
        names += 1
        guard names <= Self.mostNames else { throw Unknown(reason: "it is made of more than \(Self.mostNames) parts") }
        guard depth < Self.deepest else { throw Unknown(reason: "%(…) leads in a circle, or too deep") }
        var result = ""
        var rest = value[...]
        while let mark = rest.utf8.firstIndex(where: Self.isMark) {
            result += rest[..<mark]
            let kind = rest[mark]
            rest = rest[rest.index(after: mark)...]
            guard result.utf8.count <= Self.longest else {
                throw Unknown(reason: "the value becomes longer than 64 KB")
            }
            if rest.first == "(" {
                guard let end = rest.firstIndex(of: ")") else {
                    result.append(kind)
                    continue
                }
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                rest = rest[rest.index(after: end)...]
                result += try reference(kind, name, depth, &names)
            } else if kind == "%" {
                result += try magic(&rest)
            } else if kind == "$", rest.first == "{" {
                result += "$$"
            } else {
                result.append(kind)
            }
        }
        result += rest
        guard result.utf8.count <= Self.longest else { throw Unknown(reason: "the value becomes longer than 64 KB") }
        return result
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "%") || byte == UInt8(ascii: "$") || byte == UInt8(ascii: "@")
    }

    private func reference(_ kind: Character, _ name: String, _ depth: Int, _ names: inout Int) throws(Unknown)
        -> String
    {
        switch kind {
        case "$":
            guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x7B && $0 != 0x7D }) else {
                throw Unknown(reason: "$(\(name)) names no variable of the environment")
            }
            return "${\(name)}"
        case "@":
            guard !name.contains("://"), !name.contains("}"), !name.isEmpty else {
                throw Unknown(reason: "@(\(name)) is read from elsewhere than a file")
            }
            return "${file:\(place.path(try expand(name, depth: depth + 1, &names)))}"
        default:
            if let value = values[name] { return try expand(value, depth: depth + 1, &names) }
            if name == "_" { throw Unknown(reason: "%(_) belongs to a loop or a condition") }
            if name.contains(where: { "+-*/".contains($0) }) {
                throw Unknown(reason: "%(\(name)) is arithmetic, which is not done")
            }
            throw Unknown(reason: "%(\(name)) is the name of no key in this file")
        }
    }
}

// MARK: - Of the file itself

extension UWSGIVariables {
    private func magic(_ rest: inout Substring) throws(Unknown) -> String {
        guard let letter = rest.first else { return "%" }
        let text: String
        switch letter {
        case "%": text = "%"
        // The folder, with its slash.
        case "d", "D": text = place.folder.hasSuffix("/") ? place.folder : place.folder + "/"
        case "p", "P": text = (place.folder == "/" ? "" : place.folder) + "/" + place.name
        case "o", "O", "s", "S": text = place.name
        case "n", "N": text = name.stem
        case "e", "E": text = name.ending
        case "c", "C": text = parts.last ?? ""
        case "x", "X": text = section
        case "0"..."9":
            guard let index = letter.wholeNumberValue, parts.indices.contains(index) else {
                throw Unknown(reason: "%\(letter) names a part that the folder's path does not have")
            }
            text = parts[index]
        case "k": throw Unknown(reason: "%k is the number of cores; without workers there is one per core")
        case "h", "u", "U", "g", "G", "t", "T", "V", "i", "I", "j", "J", "v":
            throw Unknown(reason: "%\(letter) is a fact of the machine or of the moment; write what it stands for")
        default: return "%"
        }
        rest = rest.dropFirst()
        return SketchValue.literal(text)
    }

    private var parts: [String] { place.folder.split(separator: "/").map(String.init) }

    private var name: (stem: String, ending: String) {
        guard let dot = place.name.lastIndex(of: ".") else { return (place.name, "") }
        return (String(place.name[..<dot]), String(place.name[place.name.index(after: dot)...]))
    }
}
