"""Job tickets and messages of machines in XJDF 2.x (CIP4), through a folder that the machine watches."""
