import MartletAttached

/// A command that runs beside the applications of a site, and where it stands in the file.
struct SiteCommand: Sendable {
    var command: AttachedCommand
    let places: RoutePlaces

    func place(of key: String) -> TextPlace { places.settings[key] ?? places.table }
}
