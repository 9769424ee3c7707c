/// The version of the program; the topmost released one in CHANGELOG.md, or the one that is being prepared.
package enum Version {
    package static let current = "0.1.0"
}
