import FoundationEssentials
import Testing

@testable import MartletCommand

@Suite struct ServiceUnitTests {
    private func lines(
        name: String = "shop",
        user: ServiceUnit.User = .named("shop"),
        folder: String = "/srv/shop",
        program: String = "/usr/local/bin/martlet",
        writable: [String] = []
    ) -> [String] {
        ServiceUnit(name: name, user: user, folder: folder, program: program, writable: writable).text
            .split(separator: "\n").map(String.init)
    }

    @Test func usual() {
        let lines = lines()
        for line in [
            "Description=shop, served by Martlet", "User=shop", "WorkingDirectory=/srv/shop",
            "ExecStart=/usr/local/bin/martlet serve",
            "StateDirectory=shop", "#ReadWritePaths=/srv/shop", "ProtectHome=yes", "ProtectSystem=strict",
        ] {
            #expect(lines.contains(line))
        }
        #expect(!lines.contains { $0.contains("@") })
    }

    @Test func signsThatMeanSomethingToSystemd() {
        let lines = lines(
            name: "50% off",
            folder: "/srv/50% off",
            program: "/opt/my $x/martlet",
            writable: ["/srv/50% off"]
        )
        #expect(lines.contains("WorkingDirectory=/srv/50%% off"))
        #expect(lines.contains("ExecStart=\"/opt/my $$x/martlet\" serve"))
        #expect(lines.contains("ReadWritePaths=\"/srv/50%% off\""))
        #expect(lines.contains("StateDirectory=50off"))
    }

    @Test func aSiteInAHomeIsSeen() {
        #expect(lines(folder: "/home/ada/shop").contains("ProtectHome=read-only"))
        #expect(lines(folder: "/home/ada/shop", writable: ["/home/ada/shop"]).contains("ProtectHome=no"))
        #expect(lines(program: "/root/martlet").contains("ProtectHome=read-only"))
        #expect(lines(folder: "/homeland").contains("ProtectHome=yes"))
    }

    @Test(
        arguments: [
            (.made, "/srv/shop", nil), (.made, "/root/shop", "may not enter /root."),
            (.made, "/tmp/shop", "a /tmp of its own"),
            (.made, "/tmpx/shop", nil), (.made, "/home/ada/shop", "may not enter /home/ada."),
            (.named("ada"), "/home/ada/shop", nil),
        ] as [(ServiceUnit.User, String, String?)]
    )
    func whereAUserThatSystemdMakesGets(user: ServiceUnit.User, folder: String, words: String?) {
        let problem = UnitReach.problem(user, [folder, "/usr/bin/martlet"]) { path in
            ["/root", "/home/ada"].contains(path) ? 0o700 : 0o755
        }
        #expect(words.map { problem?.contains($0) == true } ?? (problem == nil))
        #expect(lines(user: user, folder: folder).contains("PrivateTmp=yes"))
    }

    @Test func whoseASiteMayBe() {
        #expect(UnitReach.owned("/srv/shop") == ["/srv/shop"])
        #expect(UnitReach.owned("/home/ada/shop") == ["/home/ada/shop", "/home/ada"])
        #expect(UnitReach.owned("/home/shop") == ["/home/shop"])
    }

    @Test func aSiteInTheFolderOfTemporaryFilesIsSeen() {
        #expect(lines(folder: "/tmp/shop").contains("PrivateTmp=no"))
    }

    @Test func aUserThatSystemdMakes() {
        #expect(lines(user: .made).contains("DynamicUser=yes"))
        #expect(!lines(user: .made).contains { $0.hasPrefix("User=") })
    }

    @Test func aNameThatAnotherUnitHasIsNotTaken() throws {
        try TemporaryFolder.with(["shop.service", "shop-2.service"]) { units in
            let path = "\(units)/shop.service"
            try Data("[Service]\nWorkingDirectory=/srv/other\n".utf8).write(to: URL(fileURLWithPath: path))
            func name(in folder: String) -> String {
                var unit = ServiceUnit(name: "shop", user: .made, folder: folder, program: "/usr/bin/martlet")
                unit.avoid(unitsIn: ["/none", units])
                return unit.unitName
            }
            #expect(name(in: "/srv/shop") == "shop-3")
            // One of the same site is written anew.
            #expect(name(in: "/srv/other") == "shop")
        }
    }
}
