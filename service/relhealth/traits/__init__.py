"""The seven traits of a healthy relationship, one file each."""
