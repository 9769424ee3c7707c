import MartletCommand

Start.run()
