internal import MartletBytes
internal import MartletGateway

/// The name of a host that routes are for: `api.example.org`, `<tenant>.example.org`.
///
/// It is kept as the path of its labels from the right, `/org/example/<tenant>`, so that the router finds it by the rules of paths: text
/// goes before parameters.
struct HostPattern: Sendable, Hashable, CustomStringConvertible {
    let description: String
    let path: RoutePattern

    init(parsing text: String) throws(RoutePattern.Malformed) {
        let labels = text.lowercasedOutsideOfParameters.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.first != "*" else {
            throw RoutePattern.Malformed(
                description: "write <name> instead of the asterisk, so that the part has a name"
            )
        }
        do throws(HostNameError) {
            let sample = labels.map { $0.contains("<") ? "x" : String($0) }.joined(separator: ".")
            _ = try HostName(parsing: sample)
        } catch {
            throw RoutePattern.Malformed(description: error.problem)
        }
        path = try RoutePattern(parsing: "/" + labels.reversed().joined(separator: "/"))
        description = text
        if path.parameters.contains(where: { $0.converter == .path }) {
            throw RoutePattern.Malformed(description: "a part of a host's name is no `path`")
        }
    }

    /// The names of its parameters, from the right, as their values come.
    var names: [String] { path.parameters.map(\.name) }

    /// The name with its parameters filled in.
    func text(_ values: inout [String: any PathConvertible]) throws(URLBuildingError) -> String {
        var labels: [String] = []
        for segment in path.segments {
            switch segment {
            case .text(let text): labels.append(String(decoding: text, as: UTF8.self))
            case .parameter(let parameter, let prefix, let suffix):
                guard let value = values.removeValue(forKey: parameter.name)?.pathParameter else {
                    throw URLBuildingError(description: "The host \(self) needs a value for `\(parameter.name)`.")
                }
                let label = String(decoding: prefix, as: UTF8.self) + value + String(decoding: suffix, as: UTF8.self)
                guard (parameter.converter ?? .string).accepts(value), !label.contains("."),
                    (try? HostName(parsing: label)) != nil
                else {
                    throw URLBuildingError(
                        description: "The host \(self) cannot have \"\(value)\" for `\(parameter.name)`."
                    )
                }
                labels.append(label)
            }
        }
        return labels.reversed().joined(separator: ".")
    }
}

extension String {
    /// Names of hosts have no case; those of parameters have.
    fileprivate var lowercasedOutsideOfParameters: String {
        var depth = 0
        var text = ""
        for character in self {
            if character == "<" { depth += 1 }
            if character == ">" { depth -= 1 }
            text += depth > 0 ? String(character) : character.lowercased()
        }
        return text
    }
}
